/** R18 and R19 against a finder that tries every sequence of payments, whatever the partitions, the order they are read in, and kills. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Transaction, Warning } from '../../schemas/types.ts'
import type { Emission } from '../../services/warn/app.ts'
import { createReplay, loadRuleSet } from '../../services/warn/app.ts'
import { checked } from '../support/seed.ts'
import { payment } from '../support/transaction.ts'
import { pathVerdicts } from './path-finder.ts'
import { throughStages } from './stages.ts'

const ruleSet = await loadRuleSet()
const runs = Number(process.env['WEIR_TEST_PATH_RUNS'] ?? 150)
const minute = 60_000
const latenessMs = ruleSet.file.parameters.allowed_lateness_ms

const people = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I'] as const
/** Most of what is not a walk happens among a few. */
const crowd = [...people.slice(0, 5), 'BANK'] as const
/** Around the lines: what sets out, four fifths of it, what is a little more. */
const amounts = [
  '100000',
  '99999.99',
  '105000',
  '105000.01',
  '84000',
  '80000',
  '79999.99',
  '64000',
  '1000000',
  '999999.99',
  '950000',
  '800000',
  '760000',
] as const

/** Anybody pays anybody. */
const wild = fc.record({
  from: fc.constantFrom(...crowd),
  to: fc.constantFrom(...crowd),
  amount: fc.constantFrom(...amounts),
  at: fc.integer({ min: 0, max: 1_000 }),
  currency: fc.constantFrom('CNY', 'CNY', 'CNY', 'USD'),
})

/** Money that goes round or along, with payments that keep near to what was received. */
const walk = fc
  .record({
    route: fc.shuffledSubarray([...people], { minLength: 3 }),
    closes: fc.boolean(),
    start: fc.constantFrom(10_000_000, 9_999_999, 100_000_000, 31_000_000),
    shares: fc.array(fc.constantFrom(0.7999, 0.8, 0.95, 1, 1, 1.05, 1.06), { minLength: 9, maxLength: 9 }),
    at: fc.integer({ min: 0, max: 900 }),
    gaps: fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 9, maxLength: 9 }),
  })
  .map(({ route, closes, start, shares, at, gaps }) => {
    const stations = closes ? [...route, ...route.slice(0, 1)] : route
    let amount: number = start
    let time = at
    return stations.slice(1).map((to, index) => {
      if (index > 0) {
        amount = Math.round(amount * (shares[index] ?? 1))
        time = Math.min(1_000, time + (gaps[index] ?? 0))
      }
      return {
        from: stations[index] ?? to,
        to,
        amount: (amount / 100).toFixed(2),
        at: time,
        currency: 'CNY',
      } as const
    })
  })

/** The same amount goes between two again and again, as between firms that trade. */
const trade = fc
  .record({
    from: fc.constantFrom(...people.slice(0, 4)),
    to: fc.constantFrom(...people.slice(0, 4)),
    amount: fc.constantFrom('100000', '105000', '1000000'),
    times: fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 2, maxLength: 10 }),
  })
  .map(({ times, ...facts }) => times.map((at) => ({ ...facts, at, currency: 'CNY' as const })))

/** A history within `stretch` days, around Spring Festival 2026 or not, in event order. */
const history = fc
  .record({
    wild: fc.array(wild, { maxLength: 25 }),
    walks: fc.array(walk, { minLength: 1, maxLength: 3 }),
    trades: fc.array(trade, { maxLength: 3 }),
    from: fc.constantFrom('2026-02-09T00:00:00+08:00', '2026-03-02T09:00:00+08:00'),
    stretch: fc.constantFrom(1, 2, 14, 30),
  })
  .map(({ wild: some, walks, trades, from, stretch }): Transaction[] => {
    const kind = (id: string): 'institution' | 'person' => (id === 'BANK' ? 'institution' : 'person')
    return [...some, ...walks.flat(), ...trades.flat()]
      .toSorted((a, b) => a.at - b.at)
      .map(({ at, ...rest }, index) =>
        payment({
          ...rest,
          at: Date.parse(from) + Math.round((at * stretch * 24 * 60) / 1_000) * minute,
          txn_id: `t${String(index).padStart(4, '0')}`,
          payer_kind: kind(rest.from),
          payee_kind: kind(rest.to),
        }),
      )
  })

function warningsIn(emissions: readonly Emission[]): Warning[] {
  return emissions
    .flatMap((emission) => (emission.type === 'warning' ? [emission.warning] : []))
    .filter(({ rules }) => rules[0]?.rule_id === 'R18' || rules[0]?.rule_id === 'R19')
}

function verdictsIn(emissions: readonly Emission[]): string[] {
  return warningsIn(emissions)
    .map(({ rules, subject_id: subject, event_time: time }) => {
      const day = new Date(time + 8 * 3_600_000).toISOString().slice(0, 10)
      return `${rules[0]?.rule_id} ${rules[0]?.level} ${subject} ${day}`
    })
    .toSorted()
}

function isBounded(emissions: readonly Emission[]): boolean {
  return emissions.some((one) => one.type === 'outcome' && one.outcome.reason === 'path_bound_reached')
}

function expectSame(emissions: readonly Emission[], expected: ReadonlySet<string>): void {
  const found = verdictsIn(emissions)
  // Beyond the bound some may be missing, and it was said so; nothing is ever made up or said twice.
  if (isBounded(emissions)) expect(expected).toEqual(new Set([...expected, ...found]))
  else expect(found).toEqual([...expected].toSorted())
  expect(new Set(found).size).toBe(found.length)
}

function replayed(list: readonly Transaction[], blockSize: number): Emission[] {
  const replay = createReplay(ruleSet, { blockSize })
  return [...replay.push(list), ...replay.finish()]
}

/** The same payments as they arrive when each is under way for up to the allowed lateness. */
function delayed(list: readonly Transaction[], delays: readonly number[]): Transaction[] {
  return list
    .map((one, index) => ({ one, arrives: one.booked_at + (delays[index % delays.length] ?? 0) }))
    .toSorted((a, b) => a.arrives - b.arrives)
    .map(({ one }) => one)
}

const delays = fc.array(fc.integer({ min: 0, max: latenessMs }), { minLength: 20, maxLength: 40 })

describe('paths of money', () => {
  it('are those that a search of all sequences finds', () =>
    checked(
      fc.property(history, fc.constantFrom(1, 7, 1_000), (list, blockSize) => {
        expectSame(replayed(list, blockSize), pathVerdicts(list, ruleSet.file.calendar))
      }),
      2 * runs,
    ))

  it('are the same however payments arrive within the allowed lateness', () =>
    checked(
      fc.property(history, delays, fc.constantFrom(1, 5, 64), (list, late, blockSize) => {
        const emissions = replayed(delayed(list, late), blockSize)
        expectSame(emissions, pathVerdicts(list, ruleSet.file.calendar))
      }),
      runs,
    ))

  it('are the same over any number of partitions, in whatever order they are read, whatever is killed', () =>
    checked(
      fc.property(
        history,
        delays,
        fc.array(fc.nat(), { minLength: 30, maxLength: 200 }),
        fc.record({
          sources: fc.constantFrom(1, 3),
          partitions: fc.constantFrom(1, 4),
          killEvery: fc.constantFrom(0, 3, 11),
        }),
        (list, late, picks, shape) => {
          const emissions = throughStages(delayed(list, late), { ruleSet, picks, ...shape })
          expectSame(emissions, pathVerdicts(list, ruleSet.file.calendar))
        },
      ),
      2 * runs,
    ))

  it('are told with their payments, in order, from the first to the last', () =>
    checked(
      fc.property(history, (list) => {
        const known = new Map(list.map((one) => [one.txn_id, one]))
        for (const warning of warningsIn(replayed(list, 5))) {
          const path = warning.txn_ids.flatMap((id) => known.get(id) ?? [])
          expect(path).toHaveLength(warning.txn_ids.length)
          for (const [index, one] of path.slice(1).entries()) expect(one.payer_id).toBe(path[index]?.payee_id)
          // The path by itself is enough.
          const alone = pathVerdicts(path, ruleSet.file.calendar)
          expect([...alone]).toEqual(
            expect.arrayContaining(verdictsIn([{ type: 'warning', warning, period: '' }])),
          )
          expect([path[0]?.txn_id, path.at(-1)?.txn_id]).toEqual([warning.first_txn_id, warning.last_txn_id])
        }
      }),
      runs,
    ))
})
