/** Shape of a rule file (YAML as people write it, canonical JSON as the log carries it). Checked by TypeBox; docs/spec/warn.md explains it. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { CountSpec } from './metrics/counts.ts'
import { BaselineCountSpec, BaselineDeviationSpec, BaselineRatioSpec } from './metrics/baseline.ts'
import { CountDistinctSpec } from './metrics/distinct.ts'
import { KnownDaysSpec, QuietDaysSpec } from './metrics/dormancy.ts'
import { FlowShareSpec } from './metrics/flow-share.ts'
import {
  AccountsSpec,
  ComplainantsSpec,
  LawsuitsSpec,
  ListedSpec,
  PenaltiesSpec,
  RegisteredWordsSpec,
} from './metrics/facts.ts'
import { HitDaysSpec } from './metrics/hit-days.ts'
import { BorrowersSpec, LentSpec, LoansSpec } from './metrics/loans.ts'
import { NearLineCountSpec, NearLineDaysSpec, NearLineRatioSpec } from './metrics/near-line.ts'
import { CountNewSpec } from './metrics/newcomers.ts'
import { PaidBackPartiesSpec, PaidBackRatioSpec } from './metrics/paid-back.ts'
import { PassedRatioSpec } from './metrics/passing-on.ts'
import { PathPaymentsSpec, PathStartSpec } from './metrics/path.ts'
import { PeriodicPayeesSpec } from './metrics/periodic.ts'
import { MoneyShareSpec } from './metrics/share.ts'
import { SimilarCountSpec } from './metrics/similar.ts'
import { SumSinceOpeningSpec } from './metrics/since-opening.ts'
import { AmountSpec } from './metrics/single.ts'
import { OutInRatioSpec, SumSpec } from './metrics/sums.ts'
import { TestedMoneySpec } from './metrics/tested-money.ts'
import { Bilingual, RuleWhere, Text, Where, Window, object } from './schema/parts.ts'
import { Path } from './schema/path.ts'

const Level = Type.Enum(['blue', 'yellow', 'orange', 'red'])
const Decimal = Type.String({ pattern: String.raw`^\d+(\.\d{1,6})?$` })
const DayText = Type.String({ pattern: String.raw`^\d{4}-\d{2}-\d{2}$` })
const RuleId = Type.String({ pattern: '^[A-Z][A-Za-z0-9_]{1,15}$' })

const Metric = Type.Union([
  AmountSpec,
  SumSpec,
  CountSpec,
  CountDistinctSpec,
  CountNewSpec,
  NearLineCountSpec,
  NearLineDaysSpec,
  NearLineRatioSpec,
  PassedRatioSpec,
  OutInRatioSpec,
  HitDaysSpec,
  PeriodicPayeesSpec,
  TestedMoneySpec,
  PaidBackRatioSpec,
  PaidBackPartiesSpec,
  MoneyShareSpec,
  LoansSpec,
  BorrowersSpec,
  LentSpec,
  PathStartSpec,
  PathPaymentsSpec,
  QuietDaysSpec,
  KnownDaysSpec,
  BaselineCountSpec,
  BaselineRatioSpec,
  BaselineDeviationSpec,
  FlowShareSpec,
  SimilarCountSpec,
  ListedSpec,
  RegisteredWordsSpec,
  LawsuitsSpec,
  ComplainantsSpec,
  PenaltiesSpec,
  AccountsSpec,
  SumSinceOpeningSpec,
])

const Bound = Type.Union([
  Type.Number({ minimum: 0 }),
  Decimal,
  object({
    min: Type.Optional(Type.Union([Type.Number(), Decimal])),
    max: Type.Optional(Type.Union([Type.Number(), Decimal])),
    /** As max, but not reached. */
    below: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  }),
])

const LevelRow = object({
  level: Level,
  /** True: reported only once no flow in time can change it any more; for conditions that more data can undo. */
  settle: Type.Optional(Type.Boolean()),
  /** True: an exemption keeps it from being a warning. Never red, never of the family list. */
  exemptible: Type.Optional(Type.Boolean()),
  /** Alternatives; each names metrics with the least (inclusive) or a range. */
  any: Type.Array(Type.Record(Type.String(), Bound), { minItems: 1 }),
})

const Line = object({ name: Bilingual, where: Where, line: Decimal })

const Rule = object({
  id: RuleId,
  version: Type.Integer({ minimum: 1 }),
  name: Bilingual,
  family: Text,
  risk_type: Type.String({ pattern: String.raw`^T(1[0-3]|\d)$` }),
  /** One warning per subject, tier and …; `day_and_direction` keeps receipts and payments apart; days are Shanghai's but for `utc_day`. */
  repeat: Type.Enum(['transaction', 'day', 'day_and_direction', 'utc_day', 'month']),
  /** Where it is evaluated: at flows (the default), at facts, or at both. A rule at facts measures facts only. */
  at: Type.Optional(Type.Enum(['flows', 'facts', 'flows_and_facts'])),
  /** No warning of its own: any other warning of a subject it holds for is raised by so many levels. */
  raises_levels: Type.Optional(Type.Integer({ minimum: 1, maximum: 3 })),
  window: Window,
  where: RuleWhere,
  /** Evaluated at every flow, though a metric that only payments or receipts can raise would leave out others. */
  at_all_flows: Type.Optional(Type.Boolean()),
  /** Receipts and payments are measured separately. */
  one_sided: Type.Optional(Type.Boolean()),
  /** Large-amount lines that near_line_* metrics measure against; the first whose `where` fits counts. */
  lines: Type.Optional(Type.Array(Line, { minItems: 1 })),
  /** Share of the line, from (inclusive) to below (exclusive), in which an amount is near it. */
  near: Type.Optional(object({ from: Type.Number(), below: Type.Number() })),
  /** Paths of money from subject to subject, within the rule's window: what path_* metrics measure. */
  path: Type.Optional(Path),
  metrics: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]*$' }), Metric),
  levels: Type.Array(LevelRow, { minItems: 1 }),
  /** The warning is at least of this level when one of these rules was hit as well. */
  raise: Type.Optional(Type.Array(object({ with: Type.Array(RuleId, { minItems: 1 }), level: Level }))),
  basis: Type.Array(Text, { minItems: 1 }),
  explain: Bilingual,
})

const Scoring = object({
  points: object({
    blue: Type.Integer({ minimum: 0, maximum: 100 }),
    yellow: Type.Integer({ minimum: 0, maximum: 100 }),
    orange: Type.Integer({ minimum: 0, maximum: 100 }),
    red: Type.Integer({ minimum: 0, maximum: 100 }),
  }),
  thresholds: object({ yellow: Type.Number(), orange: Type.Number(), red: Type.Number() }),
  combinations: Type.Array(
    object({ rules: Type.Array(RuleId, { minItems: 2 }), level: Level, name: Bilingual }),
  ),
})

const Rate = object({
  from: DayText,
  currency: Type.String({ pattern: '^[A-Z]{3}$' }),
  /** CNY for one unit. */
  cny: Decimal,
})

const Calendar = object({ version: Text, off: Type.Array(DayText), work: Type.Array(DayText) })

/** A rule file as the log carries it: complete, with the working calendar it was published with. */
export const RuleFileSchema = object({
  rule_set_id: Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$' }),
  version: Type.Integer({ minimum: 1, maximum: 2_000_000_000 }),
  parameters: object({
    allowed_lateness_ms: Type.Integer({ minimum: 0, maximum: 86_400_000 }),
    scoring_days: Type.Integer({ minimum: 1, maximum: 60 }),
    max_flows_per_subject: Type.Integer({ minimum: 100, maximum: 1_000_000 }),
  }),
  scoring: Scoring,
  rates: Type.Array(Rate),
  calendar: Calendar,
  rules: Type.Array(Rule, { minItems: 1 }),
})

/** A checked rule file. */
export type RuleFile = Static<typeof RuleFileSchema>
/** One rule of it. */
export type RuleSpec = RuleFile['rules'][number]
/** One metric of a rule. */
export type MetricSpec = RuleSpec['metrics'][string]
/** A filter on flows. */
export type WhereSpec = Static<typeof Where>
/** How far a metric looks back. */
export type WindowSpec = Static<typeof Window>
/** Least value, or range. */
export type BoundSpec = Static<typeof Bound>
