/** Laws of the fold over facts: what they add is found whenever they come, repeats change nothing, and a restart anywhere changes not a byte. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FactContents, FactKind } from '../../schemas/fact.ts'
import type { Fact, FlowBlock } from '../../schemas/types.ts'
import type { Emission } from '../../services/warn/app.ts'
import { activationOf, createScorer, loadRuleSet } from '../../services/warn/app.ts'
import { fact } from '../support/fact.ts'
import { flowsOf } from '../support/flows.ts'
import { checked } from '../support/seed.ts'
import { payment } from '../support/transaction.ts'

const ruleSet = await loadRuleSet()
const runs = Number(process.env['WEIR_TEST_LAW_RUNS'] ?? 100)
const day = 86_400_000
const start = Date.parse('2026-02-10T00:00:00+08:00')

/** What facts add; links and removals take away, and count from their arrival on. */
const adding: readonly (readonly [FactKind, Partial<FactContents[FactKind]>])[] = [
  ['lawsuit', { role: 'plaintiff' }],
  ['lawsuit', { role: 'defendant' }],
  ['complaint', { complainant: 'C1' }],
  ['complaint', { complainant: 'C2' }],
  ['complaint', { complainant: 'C3' }],
  ['complaint', { complainant: '' }],
  ['penalty', { form: 'administrative' }],
  ['penalty', { form: 'criminal' }],
  ['list_entry', { list: 'aml40' }],
  ['list_entry', { list: 'dishonest_debtor' }],
  ['registration', { words: ['理财'] }],
  ['registration', { words: [] }],
  ...['K1', 'K2', 'K3', 'K4'].map((account) => ['account_opened', { account }] as const),
  ...['K1', 'K2'].map((account) => ['account_closed', { account }] as const),
]

const facts = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...adding),
      at: fc.integer({ min: -60, max: 40 }).map((days) => start + days * day),
      about: fc.constantFrom('A', 'B'),
    }),
    { minLength: 3, maxLength: 40 },
  )
  .map((list) =>
    list.map(({ kind: [kind, content], at, about }, index) =>
      fact(kind, at, content, { subject_id: about, fact_id: `f${index}` }),
    ),
  )

/** Payments of forty days in event order, one block each. */
const blocks = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 40 * 24 }).map((hours) => start + hours * 3_600_000),
      amount: fc.constantFrom('120', '20000', '99999.99', '260000', '600000', '1000000'),
      from: fc.constantFrom('A', 'B', 'C', ...Array.from({ length: 40 }, (_, index) => `P${index}`)),
      to: fc.constantFrom('A', 'A', 'A', 'B', 'C'),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((list) =>
    list
      .toSorted((a, b) => a.at - b.at)
      .map((one, index): FlowBlock => {
        const paid = payment({ ...one, txn_id: `t${String(index).padStart(4, '0')}` })
        return { source: 0, source_event_time: one.at, flows: flowsOf(paid) }
      }),
  )

type Item = { readonly block: FlowBlock } | { readonly fact: Fact }

/** Blocks in their order, facts between them where `places` says. */
function mixed(list: readonly FlowBlock[], known: readonly Fact[], places: readonly number[]): Item[] {
  const placed = known.map((one, index) => ({
    one,
    at: (places[index % places.length] ?? 0) % (list.length + 1),
  }))
  return [...list, undefined].flatMap((block, index) => [
    ...placed.filter(({ at }) => at === index).map(({ one }): Item => ({ fact: one })),
    ...(block === undefined ? [] : [{ block }]),
  ])
}

function state(): {
  readonly reader: Parameters<typeof createScorer>[0]
  write(changes: ReturnType<ReturnType<typeof createScorer>['checkpoint']>): void
} {
  const held = new Map<string, Uint8Array>()
  return {
    reader: {
      get: (key) => held.get(key),
      entries: (from, to) =>
        [...held].filter(([key]) => key >= from && key < to).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    },
    write(changes) {
      for (const { key, value } of changes)
        if (value === null) held.delete(key)
        else held.set(key, value)
    },
  }
}

/** Folds the items; at the given places the fold is stored and begun anew. */
function folded(items: readonly Item[], restarts: ReadonlySet<number> = new Set()): Emission[] {
  const stored = state()
  let scorer = createScorer(stored.reader)
  scorer.control(activationOf(ruleSet))
  const emissions: Emission[] = []
  for (const [index, item] of items.entries()) {
    emissions.push(...('block' in item ? scorer.block(item.block) : scorer.fact(item.fact)))
    if (!restarts.has(index)) continue
    stored.write(scorer.checkpoint())
    scorer = createScorer(stored.reader)
  }
  return [...emissions, ...scorer.finish()]
}

function ids(emissions: readonly Emission[]): string[] {
  return emissions
    .flatMap((emission) => (emission.type === 'warning' ? [emission.warning.warning_id] : []))
    .toSorted()
}

const places = fc.array(fc.nat(), { minLength: 40, maxLength: 40 })

describe('facts among payments', () => {
  it('give the same warnings, once each, whenever they come and in whatever order', () =>
    checked(
      fc.property(
        blocks,
        facts,
        places,
        fc.shuffledSubarray(
          Array.from({ length: 40 }, (_, at) => at),
          { minLength: 40 },
        ),
        (list, known, where, order) => {
          const shuffled = order.flatMap((at) => known[at] ?? [])
          const first = ids(folded(mixed(list, known, [0])))
          expect(ids(folded(mixed(list, shuffled, where)))).toEqual(first)
          expect(new Set(first).size).toBe(first.length)
        },
      ),
      runs,
    ))

  it('change nothing when they are repeated', () =>
    checked(
      fc.property(blocks, facts, places, (list, known, where) => {
        const once = mixed(list, known, where)
        const repeats = known.map((one): Item => ({ fact: one }))
        expect(folded([...once, ...repeats])).toEqual(folded(once))
      }),
      runs,
    ))

  it('say the same bytes when the fold is stopped and started anywhere', () =>
    checked(
      fc.property(
        blocks,
        facts,
        places,
        fc.array(fc.nat(100), { maxLength: 5 }),
        (list, known, where, stops) => {
          const link = fact('link', start, { relation: 'family', other_id: 'P1' }, { fact_id: 'link' })
          const items = mixed(list, [...known, link], where)
          expect(folded(items, new Set(stops))).toEqual(folded(items))
        },
      ),
      runs,
    ))
})
