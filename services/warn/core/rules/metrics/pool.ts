/** What the metrics of a rule set share: calendar, rates, and windows that several of them look at. Pure. */
import type { RateTable } from '../../rates.ts'
import type { RunShape } from '../../runs.ts'
import type { WindowAggregate, WindowShape } from '../../windows.ts'
import { compileCondition } from '../condition.ts'
import type { FlowCondition } from '../condition.ts'
import type { WorkingDays } from '../windows.ts'
import { detailName, detailOf } from './detail.ts'
import { acceptedBy } from './metric.ts'
import type { MetricSource } from './metric.ts'

/** What the metrics of a rule set share. */
export class MetricPool {
  readonly calendar: WorkingDays
  readonly rates: RateTable
  private readonly shapes = new Map<string, WindowShape>()
  private readonly runShapes = new Map<string, RunShape>()
  private readonly conditions = new Map<string, FlowCondition>()
  private restful = 0

  constructor(calendar: WorkingDays, rates: RateTable) {
    this.calendar = calendar
    this.rates = rates
  }

  /** A condition in CEL, compiled once; undefined for none. */
  condition(cel: string | undefined): FlowCondition | undefined {
    if (cel === undefined) return undefined
    const known = this.conditions.get(cel) ?? compileCondition(cel, this.rates)
    this.conditions.set(cel, known)
    return known
  }

  /** The next place among the rules that let a subject rest. */
  restNumber(): number {
    this.restful += 1
    return this.restful - 1
  }

  /**
   * The same window over the same flows with the same total is kept once per subject, however many metrics use it.
   * @param total names what is totalled: equal names, equal totals
   */
  shape<Totals extends WindowAggregate>(
    { rule, spec, reach }: Pick<MetricSource, 'rule' | 'spec' | 'reach'>,
    total: unknown,
    create: () => Totals,
  ): WindowShape<Totals> {
    const key = JSON.stringify([spec.window ?? rule.window, total, ...flowsOf({ rule, spec })])
    let shape = this.shapes.get(key)
    if (shape === undefined) {
      const slot = this.shapes.size
      const accepts = acceptedBy({ rule, spec })
      const detail = detailOf({ rule, spec, pool: this })
      shape = { slot, accepts, detail, start: (time) => reach.start(time), create }
      this.shapes.set(key, shape)
    }
    return shape as WindowShape<Totals>
  }

  /** Summaries of runs of the same flows are kept once per subject, whatever the window. @param what as `total` of `shape` */
  runs(
    source: Pick<MetricSource, 'rule' | 'spec'>,
    what: unknown,
    create: (slot: number) => RunShape,
  ): RunShape {
    const key = JSON.stringify([what, ...flowsOf(source)])
    let shape = this.runShapes.get(key)
    if (shape === undefined) {
      shape = create(this.runShapes.size)
      this.runShapes.set(key, shape)
    }
    return shape
  }
}

/** Names the flows a metric looks at. */
function flowsOf(source: Pick<MetricSource, 'rule' | 'spec'>): readonly unknown[] {
  return [Buffer.from(acceptedBy(source)).toString('latin1'), detailName(source)]
}
