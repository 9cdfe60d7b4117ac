/** What a rule says about paths of money from subject to subject. Checked by TypeBox; docs/spec/warn.md 3 explains it. */
import Type from 'typebox'
import { object } from './parts.ts'

/** Payments on a path, at most: what a token can tell. */
export const pathPaymentsMax = 8
/** Days that the window of a rule about paths may take, at most. */
export const pathDaysMax = 60

/** A path: payments one after the other, each made by whoever received the one before. */
export const Path = object({
  /** chain: nobody twice; told about who makes the last payment. cycle: back to who paid first, and told about that one. */
  shape: Type.Enum(['chain', 'cycle']),
  payments: object({
    min: Type.Integer({ minimum: 3, maximum: pathPaymentsMax }),
    max: Type.Integer({ minimum: 3, maximum: pathPaymentsMax }),
  }),
  /** Each payment over the one before it; four decimals count. */
  hop: object({
    min: Type.Number({ exclusiveMinimum: 0, maximum: 10 }),
    max: Type.Number({ exclusiveMinimum: 0, maximum: 10 }),
  }),
  /** Each payment over the first, at least; four decimals count. */
  retained: Type.Optional(Type.Number({ minimum: 0, maximum: 10 })),
  /** The first payment, at least: CNY equivalent. */
  start: Type.String({ pattern: String.raw`^\d+(\.\d{1,2})?$` }),
})
