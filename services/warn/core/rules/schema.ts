/** Shape of a rule file (YAML as people write it, canonical JSON as the log carries it). Checked by TypeBox; docs/spec/warn.md explains it. */
import Type from 'typebox'
import type { Static, TSchema } from 'typebox'

const strict = { additionalProperties: false }

function object<const T extends Record<string, TSchema>>(properties: T) {
  return Type.Object(properties, strict)
}

const Text = Type.String({ minLength: 1 })
const Bilingual = object({ zh: Text, en: Text })
const Level = Type.Enum(['blue', 'yellow', 'orange', 'red'])
const Decimal = Type.String({ pattern: String.raw`^\d+(\.\d{1,6})?$` })
const DayText = Type.String({ pattern: String.raw`^\d{4}-\d{2}-\d{2}$` })
const RuleId = Type.String({ pattern: '^[A-Z][A-Za-z0-9_]{1,15}$' })
const Kind = Type.Enum(['unknown', 'person', 'enterprise', 'institution'])
const Channel = Type.Enum(['unknown', 'transfer', 'cash', 'third_party', 'card'])
const Side = Type.Enum(['in', 'out'])

const Window = object({
  unit: Type.Enum(['transaction', 'minute', 'hour', 'day', 'working_day', 'month']),
  length: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
  /** Begins with the whole minute or hour that lies `length` before the one of the flow. Minutes and hours only. */
  aligned: Type.Optional(Type.Boolean()),
})

const Where = object({
  direction: Type.Optional(Side),
  kind: Type.Optional(Type.Array(Kind, { minItems: 1 })),
  counterparty_kind: Type.Optional(Type.Array(Kind, { minItems: 1 })),
  channel: Type.Optional(Type.Array(Channel, { minItems: 1 })),
  domestic: Type.Optional(Type.Boolean()),
  /** Payments between accounts of one subject. */
  own: Type.Optional(Type.Boolean()),
})

const Named = {
  name: Bilingual,
  /** Unit as people say it, put after the value; may be empty in one language. */
  unit: Type.Optional(object({ zh: Type.String(), en: Type.String() })),
  /** Default: the window of the rule. */
  window: Type.Optional(Window),
}

const Metric = Type.Union([
  object({ ...Named, metric: Type.Literal('amount') }),
  object({
    ...Named,
    metric: Type.Literal('sum'),
    direction: Type.Optional(Side),
    /** cny: everything converted; cny_booked: booked in CNY; foreign_usd: booked in other currencies, in USD. */
    money: Type.Enum(['cny', 'cny_booked', 'foreign_usd']),
  }),
  object({ ...Named, metric: Type.Literal('count_distinct') }),
  object({ ...Named, metric: Type.Literal('near_line_count') }),
  object({ ...Named, metric: Type.Literal('near_line_days') }),
  object({ ...Named, metric: Type.Literal('near_line_ratio') }),
  object({ ...Named, metric: Type.Literal('passed_ratio') }),
  object({ ...Named, metric: Type.Literal('out_in_ratio') }),
  object({ ...Named, metric: Type.Literal('hit_days') }),
  object({
    ...Named,
    metric: Type.Literal('periodic_payees'),
    payouts_min: Type.Integer({ minimum: 2, maximum: 100 }),
    /** Allowed distances between payouts, in days; all of one payee's must lie in one of them. */
    intervals: Type.Array(Type.Tuple([Type.Number({ minimum: 0 }), Type.Number({ minimum: 0 })]), {
      minItems: 1,
    }),
    variation_max: Type.Number({ minimum: 0, maximum: 1 }),
    monthly_rate: object({ min: Type.Number({ minimum: 0 }), max: Type.Number({ minimum: 0 }) }),
    /** A payout of at least this share of the principal is principal given back, not interest. */
    principal_share: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
  }),
])

const Bound = Type.Union([
  Type.Number({ minimum: 0 }),
  Decimal,
  object({
    min: Type.Optional(Type.Union([Type.Number(), Decimal])),
    max: Type.Optional(Type.Union([Type.Number(), Decimal])),
  }),
])

const LevelRow = object({
  level: Level,
  /** True: reported only once no flow in time can change it any more; for conditions that more data can undo. */
  settle: Type.Optional(Type.Boolean()),
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
  window: Window,
  where: Where,
  /** Receipts and payments are measured separately. */
  one_sided: Type.Optional(Type.Boolean()),
  /** Large-amount lines that near_line_* metrics measure against; the first whose `where` fits counts. */
  lines: Type.Optional(Type.Array(Line, { minItems: 1 })),
  /** Share of the line, from (inclusive) to below (exclusive), in which an amount is near it. */
  near: Type.Optional(object({ from: Type.Number(), below: Type.Number() })),
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
