/** What the metrics of a rule set share: calendar, rates, and windows that several of them look at. Pure. */
import type { RateTable } from '../../rates.ts'
import type { WindowAggregate, WindowShape } from '../../windows.ts'
import type { Reach, WorkingDays } from '../windows.ts'
import type { MetricSource } from './metric.ts'

/** What the metrics of a rule set share. */
export class MetricPool {
  readonly calendar: WorkingDays
  readonly rates: RateTable
  private readonly shapes = new Map<string, WindowShape>()

  constructor(calendar: WorkingDays, rates: RateTable) {
    this.calendar = calendar
    this.rates = rates
  }

  /** The same window with the same filter and total is kept once per subject, however many rules use it. `key` names all three. */
  shape<Totals extends WindowAggregate>(
    key: string,
    accepts: Uint8Array,
    reach: Reach,
    create: () => Totals,
  ): WindowShape<Totals> {
    let shape = this.shapes.get(key)
    if (shape === undefined) {
      shape = { slot: this.shapes.size, accepts, start: (time) => reach.start(time), create }
      this.shapes.set(key, shape)
    }
    return shape as WindowShape<Totals>
  }
}

/** Names a window with its filter and what it totals, for `MetricPool.shape`. */
export function keyOf({ rule, spec }: Pick<MetricSource, 'rule' | 'spec'>, what: unknown): string {
  return JSON.stringify([spec.window ?? rule.window, rule.where, what])
}
