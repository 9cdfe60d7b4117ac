/** What is known of a subject besides its payments, as of a moment: lists, registration, suits, complaints, penalties, accounts. Pure. */
import Type from 'typebox'
import type { Static } from 'typebox'
import type { FactKind } from '../../../../../schemas/fact.ts'
import type { Explanation } from '../../../../../schemas/types.ts'
import { dayOf, dayText } from '../../../../platform/calendar/day.ts'
import type { HeldFacts } from '../../facts/held-facts.ts'
import { Named, object } from '../schema/parts.ts'
import type { Measure, MetricKind, MetricSource } from './metric.ts'

const List = Type.Enum([
  'aml40',
  'fundraiser',
  'accused',
  'fraud_card',
  'professional_lender',
  'dishonest_debtor',
])

/** Shape in a rule file. */
export const ListedSpec = object({
  ...Named,
  metric: Type.Literal('listed'),
  lists: Type.Array(List, { minItems: 1 }),
})

/** Shape in a rule file. */
export const RegisteredWordsSpec = object({ ...Named, metric: Type.Literal('registered_words') })

/** Shape in a rule file. */
export const LawsuitsSpec = object({
  ...Named,
  metric: Type.Literal('lawsuits'),
  role: Type.Enum(['plaintiff', 'defendant']),
  causes: Type.Array(Type.Enum(['unknown', 'private_lending', 'loan_contract', 'other']), { minItems: 1 }),
})

/** Shape in a rule file. */
export const ComplainantsSpec = object({ ...Named, metric: Type.Literal('complainants') })

/** Shape in a rule file. */
export const PenaltiesSpec = object({
  ...Named,
  metric: Type.Literal('penalties'),
  form: Type.Enum(['criminal', 'administrative']),
  offences: Type.Array(
    Type.Enum([
      'unknown',
      'illegal_fund_raising',
      'illegal_lending',
      'fraud',
      'money_laundering',
      'other_financial',
      'other',
    ]),
    { minItems: 1 },
  ),
  /** However long ago; else within the window. */
  ever: Type.Optional(Type.Boolean()),
})

/** Shape in a rule file. */
export const AccountsSpec = object({
  ...Named,
  metric: Type.Literal('accounts'),
  change: Type.Enum(['opened', 'closed']),
})

/** Value of a metric over the facts with start < event time ≤ end. */
type Value = (facts: HeldFacts, start: number, end: number) => number

/** What metrics over one kind of facts have in common. */
function over(
  { reach }: Pick<MetricSource, 'reach'>,
  kind: FactKind,
  options: {
    readonly value: Value
    /** However long ago; else within the window. */
    readonly isEver: boolean
    readonly detail?: (facts: HeldFacts, end: number) => Explanation
  },
): Measure {
  const { value, isEver, detail } = options
  return {
    unit: 'count',
    // Before the flows are looked at: most subjects have no such fact.
    cost: -1,
    needs: 'none',
    facts: { kinds: [kind], spanMs: isEver ? Number.POSITIVE_INFINITY : reach.spanMs, isOnly: true },
    bound: ({ facts }) => (facts.has(kind) ? Number.POSITIVE_INFINITY : 0),
    measure(subject, index) {
      const time = subject.timeAt(index)
      return value(subject.facts, isEver ? Number.NEGATIVE_INFINITY : reach.start(time), time)
    },
    ...(detail !== undefined && { detail: (subject, index) => detail(subject.facts, subject.timeAt(index)) }),
  }
}

/** Entries in force: of each list of each source the newest; those taken off are not among them. */
function entriesInForce(
  facts: HeldFacts,
  lists: readonly string[],
  end: number,
): readonly { readonly source: string; readonly time: number }[] {
  const newest = new Map<string, { source: string; time: number; isRemoved: boolean }>()
  for (const { content, source, time } of facts.within('list_entry', Number.NEGATIVE_INFINITY, end)) {
    if (!lists.includes(content.list)) continue
    const key = JSON.stringify([source, content.list])
    const known = newest.get(key)
    // Put on and taken off at the same time: still on.
    if (known?.time === time && !known.isRemoved) continue
    newest.set(key, { source, time, isRemoved: content.removed })
  }
  return [...newest.values()].filter(({ isRemoved }) => !isRemoved)
}

/** Lists that the subject is on. */
export const listed: MetricKind<Static<typeof ListedSpec>> = {
  compile(source) {
    const { lists } = source.spec
    return over(source, 'list_entry', {
      isEver: true,
      value: (facts, _start, end) => entriesInForce(facts, lists, end).length,
      detail(facts, end) {
        const entries = entriesInForce(facts, lists, end)
        const name = source.spec.name
        const since = (text: string): string =>
          entries
            .map(({ source: from, time }) =>
              [from, dayText(dayOf(time))].filter((part) => part !== '').join(' '),
            )
            .join(text)
        return { zh: `${name.zh}(${since('、')})`, en: `${name.en} (${since(', ')})` }
      },
    })
  },
}

/** Watch words in the registration as it stands, unless the enterprise is licensed. */
function wordsAt(facts: HeldFacts, end: number): ReadonlySet<string> {
  let newest = Number.NEGATIVE_INFINITY
  let words = new Set<string>()
  for (const { content, time } of facts.within('registration', Number.NEGATIVE_INFINITY, end)) {
    if (time > newest) words = new Set()
    newest = time
    if (!content.licensed) for (const word of content.words) words.add(word)
  }
  return words
}

/** Number of watch words in the registered name or scope of an enterprise without a licence. */
export const registeredWords: MetricKind = {
  compile: (source) =>
    over(source, 'registration', {
      isEver: true,
      value: (facts, _start, end) => wordsAt(facts, end).size,
      detail(facts, end) {
        const words = [...wordsAt(facts, end)]
        return { zh: words.join('、'), en: words.join(', ') }
      },
    }),
}

/** Suits in a role and of some causes. */
export const lawsuits: MetricKind<Static<typeof LawsuitsSpec>> = {
  compile(source) {
    const { role, causes } = source.spec
    return over(source, 'lawsuit', {
      isEver: false,
      value(facts, start, end) {
        let count = 0
        for (const { content } of facts.within('lawsuit', start, end))
          if (content.role === role && causes.includes(content.cause)) count += 1
        return count
      },
    })
  },
}

/** Different complainants; all anonymous ones together count as one. */
export const complainants: MetricKind = {
  compile: (source) =>
    over(source, 'complaint', {
      isEver: false,
      value(facts, start, end) {
        const different = new Set<string>()
        for (const { content } of facts.within('complaint', start, end)) different.add(content.complainant)
        return different.size
      },
    }),
}

/** Penalties of one form for some offences. */
export const penalties: MetricKind<Static<typeof PenaltiesSpec>> = {
  compile(source) {
    const { form, offences, ever = false } = source.spec
    return over(source, 'penalty', {
      isEver: ever,
      value(facts, start, end) {
        let count = 0
        for (const { content } of facts.within('penalty', start, end))
          if (content.form === form && offences.includes(content.offence)) count += 1
        return count
      },
    })
  },
}

/** Different accounts opened or closed. */
export const accounts: MetricKind<Static<typeof AccountsSpec>> = {
  compile(source) {
    const kind = source.spec.change === 'opened' ? 'account_opened' : 'account_closed'
    return over(source, kind, {
      isEver: false,
      value(facts, start, end) {
        const different = new Set<string>()
        for (const { content } of facts.within(kind, start, end)) different.add(content.account)
        return different.size
      },
    })
  },
}
