/** What a metric is: compiled to functions over a subject and the index of the flow that a window ends with. Pure. */
import type { FactKind } from '../../../../../schemas/fact.ts'
import type { Explanation } from '../../../../../schemas/types.ts'
import { tableOf } from '../../flow.ts'
import type { FlowFacts } from '../../flow.ts'
import type { Subject } from '../../subject.ts'
import type { MetricSpec, RuleSpec, WhereSpec } from '../schema.ts'
import type { Reach } from '../windows.ts'
import { detailOf } from './detail.ts'
import type { FlowTest } from './detail.ts'
import type { MetricPool } from './pool.ts'

/** How a value is written: fen, US cents, or a bare number. */
export type MetricUnit = 'cny' | 'usd' | 'count' | 'ratio'

/** Fen received and paid. */
export interface Sides {
  readonly received: number
  readonly paid: number
}

/** What makes a value rise, and how far it has come: tells how long a subject may rest (`rest.ts`). `most` is cheap. */
export type Growth =
  | {
      /** By 1 at most with each flow. */
      readonly by: 'flow'
      /** No more than this is in the window that ends with flow `index`. */
      most(subject: Subject, index: number): number
    }
  | {
      /** By flows, but not as a count is: says itself how many must come before `least` can be reached. Valid until `reach.nextFall`. */
      readonly by: 'flows'
      lack(subject: Subject, index: number, least: number): number
    }
  | {
      /** By at most the money of receipts, of payments, of both together, or of the side that the window's last flow is on. */
      readonly by: 'received' | 'paid' | 'both' | 'side'
      /** No more than this is in the window that ends with flow `index`; good until the next call. */
      most(subject: Subject, index: number): Sides
    }
  | {
      /** By money of any kind, but not as a sum is: says itself how many fen must come before `least` can be reached. Valid until `reach.nextFall`. */
      readonly by: 'money'
      lack(subject: Subject, index: number, least: number): number
    }
  | {
      /** By nothing but the passing of time, or by silence. */
      readonly by: 'time'
      /** Event time before which `least` cannot be reached, as seen from flow `index`. */
      from(subject: Subject, index: number, least: number): number
    }
  /** Only flows in foreign currency raise it; they are looked at by every rule. */
  | { readonly by: 'foreign' }

/** What a metric computes. */
export interface Measure {
  readonly unit: MetricUnit
  /** Cheap ones are measured first. */
  readonly cost: number
  /** Money it cannot do without: flows without a rate are reported for the rule. */
  readonly needs: 'cny' | 'usd' | 'none'
  /** How far it looks back, when that is farther than its window. */
  readonly reach?: Reach
  /** Value of the window that ends with flow `index`. */
  measure(subject: Subject, index: number): number
  /** Nothing larger can come out for this subject: lets a rule be passed over without measuring. */
  bound(subject: Subject): number
  /** By `bits`: flows at which the value may be above 0; undefined: all. */
  readonly only?: Uint8Array
  /** Cheap, and of the flow alone: false where the value is below `least` for certain. */
  readonly mayReach?: (subject: Subject, index: number, least: number) => boolean
  /** Undefined: the value may rise at any flow. */
  readonly grows?: Growth
  /** Event time before which the value stays 0, whatever comes, as seen from flow `index`; −∞: it may rise at once. */
  readonly staysLow?: (subject: Subject, index: number) => number
  /** Cheap, and soon reached: rules with it are looked at with every flow, so that they do not wake the others all the time. */
  readonly isWatchful?: true
  /** Of a share: how many flows of the window it counts. */
  part?(subject: Subject, index: number): number
  /** Indices of the flows that tell the story, in event order; undefined: those of the rule's window. */
  readonly story?: (subject: Subject, index: number) => number[]
  /** Facts it looks at; undefined: flows only. */
  readonly facts?: FactUse
  /** What was found, for people: the lists, the words. */
  readonly detail?: (subject: Subject, index: number) => Explanation
}

/** How a metric looks at facts. */
export interface FactUse {
  readonly kinds: readonly FactKind[]
  /** How long after it a fact can matter, milliseconds. */
  readonly spanMs: number
  /** At no flow: it can be measured at a fact too. */
  readonly isOnly: boolean
}

/** A metric of a rule, ready to measure. */
export interface CompiledMetric extends Measure {
  readonly name: string
  readonly spec: MetricSpec
  readonly reach: Reach
}

/** What a metric is compiled from. */
export interface MetricSource<Spec = MetricSpec> {
  readonly rule: RuleSpec
  readonly spec: Spec
  /** Of the metric's window, else the rule's. */
  readonly reach: Reach
  readonly pool: MetricPool
}

/** One kind of metric; its shape in a rule file lies beside it. */
export interface MetricKind<Spec = MetricSpec> {
  /** Thresholds are money, written as decimal strings. */
  readonly isMoney?: true
  /** Only a payment can raise it: rules with such a metric are evaluated at payments. */
  readonly onlyPaid?: true
  /** Only a receipt can raise it: rules with such a metric are evaluated at receipts. */
  readonly onlyReceived?: true
  /** It heeds the rule's own condition (`where.cel`) in all that it looks at. */
  readonly takesConditions?: true
  /** Measured against the rule's `lines`. */
  readonly needsLines?: true
  /** Measured over paths: the rule says which. */
  readonly needsPath?: true
  /** What is wrong with the spec of such a metric; undefined: nothing. */
  problem?(spec: Spec, rule: RuleSpec): string | undefined
  compile(source: MetricSource<Spec>): Measure
}

/** For metrics that know no bound. */
export function unbounded(): number {
  return Number.POSITIVE_INFINITY
}

/** Whether a filter lets a flow with these facts pass. */
export function passes(where: WhereSpec, facts: FlowFacts): boolean {
  return (
    (where.direction === undefined || (where.direction === 'in') === facts.incoming) &&
    (where.kind === undefined || where.kind.includes(facts.kind)) &&
    (where.counterparty_kind === undefined || where.counterparty_kind.includes(facts.counterpartyKind)) &&
    (where.channel === undefined || where.channel.includes(facts.channel)) &&
    (where.domestic === undefined || where.domestic === facts.domestic) &&
    (where.own === undefined || where.own === facts.own)
  )
}

/** The flows that a metric may look at, by `bits`: those that the filter of its rule and its own let pass. */
export function acceptedBy({ rule, spec }: Pick<MetricSource, 'rule' | 'spec'>): Uint8Array {
  const { where = {} } = spec
  return tableOf((facts) => passes(rule.where, facts) && passes(where, facts))
}

/** As `acceptedBy`, with what the metric asks beyond bits. */
export function acceptsOf(source: Pick<MetricSource, 'rule' | 'spec' | 'pool'>): FlowTest {
  const accepts = acceptedBy(source)
  const detail = detailOf(source)
  return detail === undefined
    ? (subject, index) => accepts[subject.bitsAt(index)] === 1
    : (subject, index) => accepts[subject.bitsAt(index)] === 1 && detail(subject, index)
}

/** Indices of the flows in the window that ends with flow `index` and that `accept` takes, ascending. */
export function indices(
  subject: Subject,
  reach: Reach,
  index: number,
  accept: (at: number) => boolean,
): number[] {
  const found: number[] = []
  const start = reach.start(subject.timeAt(index))
  for (let at = index; at >= 0 && subject.timeAt(at) > start; at -= 1) if (accept(at)) found.push(at)
  return found.toReversed()
}
