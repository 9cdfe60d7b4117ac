/** Examples that go with a rule file: transactions, and what they are expected to be found. Pure. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Transaction } from '../../../../schemas/types.ts'
import { minorUnits } from '../../../platform/money/money.ts'
import { createReplay } from '../replay.ts'
import type { RuleProblem, RuleSetContent } from './rule-file.ts'

const strict = { additionalProperties: false }
const Name = Type.String({ minLength: 1 })
const Kind = Type.Enum(['unknown', 'person', 'enterprise', 'institution'])

const Payment = Type.Object(
  {
    /** RFC 3339, or `2026-03-02 10:00` in Shanghai. */
    at: Name,
    amount: Type.Union([
      Type.Number({ exclusiveMinimum: 0 }),
      Type.String({ pattern: String.raw`^\d+(\.\d+)?$` }),
    ]),
    currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$' })),
    /** `{n}` stands for the number of the repetition, from 1 on. */
    from: Name,
    to: Name,
    from_kind: Type.Optional(Kind),
    to_kind: Type.Optional(Kind),
    from_region: Type.Optional(Name),
    to_region: Type.Optional(Name),
    channel: Type.Optional(Type.Enum(['unknown', 'transfer', 'cash', 'third_party', 'card'])),
    country: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$' })),
    times: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
    /** Minutes between repetitions. */
    every_minutes: Type.Optional(Type.Number({ minimum: 0 })),
  },
  strict,
)

const Example = Type.Object(
  {
    name: Name,
    transactions: Type.Array(Payment, { minItems: 1 }),
    expect: Type.Array(
      Type.Object(
        { subject: Name, rule: Name, level: Type.Enum(['blue', 'yellow', 'orange', 'red']) },
        strict,
      ),
    ),
    /** Rules that must find what is expected and nothing else. Default: those that `expect` names. */
    rules: Type.Optional(Type.Array(Name, { minItems: 1 })),
  },
  strict,
)

const Examples = Type.Array(Example)
const checker = Compile(Examples)

/** One example, checked. */
export type RuleExample = Static<typeof Example>
type ExamplePayment = Static<typeof Payment>

/** What an example came to: hits that are missing, and hits that nobody expected, as `R01 A orange`; neither when it holds. */
export interface ExampleResult {
  readonly name: string
  readonly missing: readonly string[]
  readonly unexpected: readonly string[]
}

/** Checks examples as a file holds them. @returns all problems, or the examples */
export function readExamples(
  raw: unknown,
): readonly RuleExample[] | { readonly problems: readonly RuleProblem[] } {
  if (!checker.Check(raw)) {
    const problems = [...checker.Errors(raw)].map(({ instancePath, message }) => ({
      path: `/examples${instancePath}`,
      message,
    }))
    return { problems }
  }
  const problems = raw.flatMap((example, index) =>
    example.transactions.flatMap((payment, at): RuleProblem[] => {
      const minor = minorOf(payment)
      const path = `/examples/${index}/transactions/${at}`
      if (typeof minor !== 'number') return [{ path: `${path}/amount`, message: minor.detail }]
      return Number.isNaN(instantOf(payment.at))
        ? [{ path: `${path}/at`, message: `${payment.at} is no time` }]
        : []
    }),
  )
  return problems.length > 0 ? { problems } : raw
}

function minorOf({ amount, currency = 'CNY' }: ExamplePayment): ReturnType<typeof minorUnits> {
  return minorUnits(String(amount), currency)
}

function instantOf(at: string): number {
  const plain = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}(:\d{2})?$/.test(at)
  return Date.parse(plain ? `${at.replace(' ', 'T')}${at.length === 16 ? ':00' : ''}+08:00` : at)
}

const none = Buffer.alloc(0)

function transactionsOf(example: RuleExample): Transaction[] {
  const rows = example.transactions.flatMap((payment, row) =>
    Array.from({ length: payment.times ?? 1 }, (_, index) => transactionOf(payment, row, index)),
  )
  return rows.toSorted((a, b) => a.booked_at - b.booked_at)
}

function transactionOf(payment: ExamplePayment, row: number, index: number): Transaction {
  const amount = minorOf(payment)
  if (typeof amount !== 'number') throw new RangeError(`the amount was checked: ${amount.detail}`)
  const named = (name: string): string => name.replaceAll('{n}', String(index + 1))
  return {
    txn_id: `E${row + 1}-${index + 1}`,
    booked_at: instantOf(payment.at) + index * (payment.every_minutes ?? 0) * 60_000,
    amount,
    currency: payment.currency ?? 'CNY',
    payer_account: '',
    payer_id: named(payment.from),
    payer_kind: payment.from_kind ?? 'person',
    payer_region: payment.from_region ?? '',
    payer_identity: none,
    payee_account: '',
    payee_id: named(payment.to),
    payee_kind: payment.to_kind ?? 'person',
    payee_region: payment.to_region ?? '',
    payee_identity: none,
    channel: payment.channel ?? 'transfer',
    country: payment.country ?? '',
    remark: '',
    source_id: 'example',
  }
}

/** Scores an example with a rule set. Hits are those that trigger a warning, each rule, subject and level once. */
export function runExample(set: RuleSetContent, example: RuleExample): ExampleResult {
  const replay = createReplay(set)
  const emissions = [...replay.push(transactionsOf(example)), ...replay.finish()]
  const watched = new Set(example.rules ?? example.expect.map(({ rule }) => rule))
  const found = new Set(
    emissions.flatMap((emission) => {
      if (emission.type !== 'warning') return []
      const [hit] = emission.warning.rules
      if (hit === undefined || !watched.has(hit.rule_id)) return []
      return [`${hit.rule_id} ${emission.warning.subject_id} ${hit.level}`]
    }),
  )
  const expected = new Set(example.expect.map(({ rule, subject, level }) => `${rule} ${subject} ${level}`))
  return {
    name: example.name,
    missing: [...unknownRules(set, watched), ...[...expected].filter((hit) => !found.has(hit))],
    unexpected: [...found].filter((hit) => !expected.has(hit)),
  }
}

/** An example about a rule that is not there would hold whatever happens. */
function unknownRules({ file }: RuleSetContent, watched: ReadonlySet<string>): string[] {
  const known = new Set(file.rules.map(({ id }) => id))
  return [...watched].filter((id) => !known.has(id)).map((id) => `${id} (没有此规则 no such rule)`)
}
