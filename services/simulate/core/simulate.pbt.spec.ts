import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checked } from '../../../test/support/seed.ts'
import { withDisorder } from './disorder.ts'
import { createCast } from './identity.ts'
import { createRandom } from './random.ts'
import { simulate } from './simulate.ts'
import { defaultSimulation, optionsProblem } from './transaction.ts'
import type { Payment, SimulationOptions } from './transaction.ts'

const options = fc.record({
  seed: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  transactions: fc.integer({ min: 1, max: 4_000 }),
  start: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  days: fc.integer({ min: 1, max: 200 }),
  subjects: fc.integer({ min: 1, max: 2_000 }),
  disorderMinutes: fc.integer({ min: 0, max: 30 }),
})

function times(of: SimulationOptions): number[] {
  return Array.from(simulate(of), (row) => Date.parse(row.booked_at))
}

/** Longest time by which a row comes after a newer one. */
function latest(of: readonly number[]): number {
  let newest = Number.NEGATIVE_INFINITY
  let late = 0
  for (const time of of) {
    newest = Math.max(newest, time)
    late = Math.max(late, newest - time)
  }
  return late
}

describe('any simulation', () => {
  it('has exactly the rows asked for, within the period, no later than allowed', async () => {
    await checked(
      fc.property(options, (any) => {
        const booked = times(any)
        const from = Math.floor((any.start + 28_800_000) / 86_400_000) * 86_400_000 - 28_800_000
        expect(booked).toHaveLength(any.transactions)
        expect(latest(booked)).toBeLessThanOrEqual(any.disorderMinutes * 60_000)
        for (const time of booked) {
          expect(time).toBeGreaterThanOrEqual(from)
          expect(time).toBeLessThan(from + any.days * 86_400_000)
        }
      }),
      60,
    )
  })

  it('is disordered when that is asked for', () => {
    expect(latest(times({ ...defaultSimulation, transactions: 5_000, disorderMinutes: 30 }))).toBeGreaterThan(
      60_000,
    )
  })

  it('tells the same rows in another order when rows come late', () => {
    const facts = (disorderMinutes: number): string[] =>
      Array.from(simulate({ ...defaultSimulation, transactions: 2_000, disorderMinutes }), (row) =>
        [row.booked_at, row.payer_account, row.payee_account, row.amount].join(' '),
      ).toSorted()
    expect(facts(30)).toEqual(facts(0))
  })

  it('starts at once, however many rows are asked for', () => {
    const many = simulate({ ...defaultSimulation, transactions: 1_000_000_000 })
    expect(many.next().value?.txn_id).toMatch(/-00000001$/)
    many.return()
  })
})

describe('options', () => {
  it.each([
    { transactions: 0 },
    { transactions: 1.5 },
    { days: 0 },
    { days: 4_000 },
    { subjects: 0 },
    { disorderMinutes: 31 },
    { seed: Number.NaN },
  ])('refuses %o with a reason', (wrong) => {
    const all = { ...defaultSimulation, ...wrong }
    expect(optionsProblem(all)).toContain(Object.keys(wrong)[0])
    expect(() => simulate(all).next()).toThrow(RangeError)
  })
})

describe('lateness', () => {
  it('loses and doubles no payment', async () => {
    const cast = createCast()
    const [payer, payee] = [cast.person('331004'), cast.person('331004')]
    const label = { typology: 'n_test', scheme_id: '', is_laundering: false }
    const gaps = fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 300 })
    await checked(
      fc.property(gaps, fc.integer({ min: 1, max: 30 }), fc.string(), (seconds, minutes, name) => {
        let at = 0
        const payments: Payment[] = seconds.map((gap, index) => {
          at += gap * 1000
          return { at, payer, payee, amount: index + 1, channel: 'transfer', remark: '', label }
        })
        const out = [...withDisorder(payments, minutes, createRandom(name))]
        expect(out.map((payment) => payment.amount).toSorted((a, b) => a - b)).toEqual(
          payments.map((payment) => payment.amount),
        )
        expect(latest(out.map((payment) => payment.at))).toBeLessThanOrEqual(minutes * 60_000)
      }),
    )
  })
})
