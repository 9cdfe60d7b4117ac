/** What every part of a rule file is made of: texts in two languages, filters, windows. Checked by TypeBox. */
import Type from 'typebox'
import type { TSchema } from 'typebox'

const strict = { additionalProperties: false }

/** A mapping with these keys and no others. */
export function object<const T extends Record<string, TSchema>>(properties: T) {
  return Type.Object(properties, strict)
}

/** Some text. */
export const Text = Type.String({ minLength: 1 })
/** Chinese and English. */
export const Bilingual = object({ zh: Text, en: Text })
/** Kind of a subject or counterparty. */
export const Kind = Type.Enum(['unknown', 'person', 'enterprise', 'institution'])
/** How money moved. */
export const Channel = Type.Enum(['unknown', 'transfer', 'cash', 'third_party', 'card'])
/** Receipts or payments. */
export const Side = Type.Enum(['in', 'out'])

/** How far a metric looks back. */
export const Window = object({
  unit: Type.Enum(['transaction', 'minute', 'hour', 'day', 'working_day', 'month']),
  length: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
  /** Begins with the whole minute or hour that lies `length` before the one of the flow. Minutes and hours only. */
  aligned: Type.Optional(Type.Boolean()),
})

/** A filter on flows. */
export const Where = object({
  direction: Type.Optional(Side),
  kind: Type.Optional(Type.Array(Kind, { minItems: 1 })),
  counterparty_kind: Type.Optional(Type.Array(Kind, { minItems: 1 })),
  channel: Type.Optional(Type.Array(Channel, { minItems: 1 })),
  domestic: Type.Optional(Type.Boolean()),
  /** Payments between accounts of one subject. */
  own: Type.Optional(Type.Boolean()),
})

/** Yuan or dollars, to the cent. */
export const Decimal = Type.String({ pattern: String.raw`^\d+(\.\d{1,2})?$` })
const Range = object({ min: Type.Optional(Decimal), max: Type.Optional(Decimal) })

const TimeOfDay = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' })

/** A filter on the flows of a rule that one of its metrics looks at: may ask for more than facts that bits hold. */
export const MetricWhere = object({
  ...Where.properties,
  /** ISO 3166 of the far side; flows at home have none. */
  country: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Z]{2}$' }), { minItems: 1 })),
  /** The other side has a region of China (six digits). */
  counterparty_resident: Type.Optional(Type.Boolean()),
  /** The other side acts for the subject by a link in force then: legal representative, actual controller, insider. */
  insider: Type.Optional(Type.Boolean()),
  /** Currency of the booking. */
  booked: Type.Optional(Type.Enum(['cny', 'foreign'])),
  /** CNY equivalent, both ends inclusive. */
  amount: Type.Optional(Range),
  /** Worth in US dollars, both ends inclusive. */
  amount_usd: Type.Optional(Range),
  /** Booked in CNY, and a multiple of so many. */
  multiple_of: Type.Optional(Decimal),
  /** Shanghai time of day from (inclusive) to (exclusive); over midnight when it ends before it begins. */
  time_of_day: Type.Optional(object({ from: TimeOfDay, to: TimeOfDay })),
})
/** The filter of a rule, which may add a condition in CEL (`condition.ts`). */
export const RuleWhere = object({ ...Where.properties, cel: Type.Optional(Text) })

/** What every metric has. */
export const Named = {
  name: Bilingual,
  /** Unit as people say it, put after the value; may be empty in one language. */
  unit: Type.Optional(object({ zh: Type.String(), en: Type.String() })),
  /** Default: the window of the rule. */
  window: Type.Optional(Window),
  /** Only these of the flows that the rule looks at. */
  where: Type.Optional(MetricWhere),
}
