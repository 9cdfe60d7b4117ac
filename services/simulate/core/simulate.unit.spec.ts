import { createHash } from 'node:crypto'
import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { labelHeader, labelLine, transactionHeader, transactionLine } from './csv.ts'
import { simulate } from './simulate.ts'
import { transactionColumns } from '../../../schemas/transaction-csv.ts'
import { defaultSimulation } from './transaction.ts'
import type { SimulatedTransaction, SimulationOptions } from './transaction.ts'

const rows = [...simulate(defaultSimulation)]

function bytesOf(options: SimulationOptions): string {
  const hash = createHash('sha256')
  for (const row of simulate(options)) hash.update(transactionLine(row)).update(labelLine(row))
  return hash.digest('hex')
}

/** Rows of one scheme by its label. */
function schemes(typology: string): Map<string, SimulatedTransaction[]> {
  const found = Map.groupBy(
    rows.filter(({ label }) => label.typology === typology),
    ({ label }) => label.scheme_id,
  )
  return found
}

const yuan = (row: SimulatedTransaction): number => Number(row.amount)

describe('simulate', () => {
  it('gives the same bytes for the same options and others for another seed', () => {
    const small = { ...defaultSimulation, transactions: 3_000 }
    expect(bytesOf(small)).toBe(bytesOf(small))
    expect(bytesOf({ ...small, seed: small.seed + 1 })).not.toBe(bytesOf(small))
  })

  it('gives these very bytes on every machine', () => {
    // Changes only when the stories change; then replace it, and look at the numbers in docs/spec/simulator.md.
    expect(
      bytesOf({ ...defaultSimulation, transactions: 2_000, days: 30, disorderMinutes: 30 }),
    ).toMatchInlineSnapshot(`"073463bfb72a1b6d2287a2de1a110c458ff8404a4ce1647f00667cb9de6665e4"`)
  })

  it('never gives two simulations the same transaction ids', () => {
    const first = (options: Partial<SimulationOptions>): string =>
      simulate({ ...defaultSimulation, ...options }).next().value?.txn_id ?? ''
    const ids = [
      first({}),
      first({ seed: 2 }),
      first({ days: 30 }),
      first({ start: 0 }),
      first({ transactions: 9 }),
    ]
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('has exactly the rows asked for, each with an id of its own, in order of booking', () => {
    expect(rows).toHaveLength(defaultSimulation.transactions)
    expect(new Set(rows.map((row) => row.txn_id)).size).toBe(rows.length)
    const times = rows.map((row) => Date.parse(row.booked_at))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  it('fills every day of the period and nothing outside it', () => {
    const days = new Set(
      rows.map((row) => Math.floor((Date.parse(row.booked_at) - defaultSimulation.start) / 86_400_000)),
    )
    expect([...days].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, day) => day))
  })

  it('can be read back from its CSV field by field', () => {
    const some = rows.filter((_, index) => index % 97 === 0)
    const text = transactionHeader + some.map(transactionLine).join('')
    const records = parse<Record<string, string>>(text, { columns: true })
    expect(records).toEqual(some.map(({ label: _, ...fields }) => ({ ...fields })))
    expect(transactionHeader).toBe(`${transactionColumns.join(',')}\n`)
    const labels = parse<Record<string, string>>(labelHeader + some.map(labelLine).join(''), {
      columns: true,
    })
    expect(labels.map((label) => label['is_laundering'])).toEqual(
      some.map(({ label }) => (label.is_laundering ? '1' : '0')),
    )
  })

  it('speaks the contract: positive decimal amounts, known words, an offset in every time', () => {
    // Every third row: expectations cost more than rows.
    for (const row of rows.filter((_, index) => index % 3 === 0)) {
      expect(row.booked_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\+08:00|Z)$/)
      expect(row.amount).toMatch(row.currency === 'JPY' ? /^[1-9]\d*$/ : /^\d+\.\d\d$/)
      expect(yuan(row)).toBeGreaterThan(0)
      expect(row.payer_account).not.toBe(row.payee_account)
      expect(['transfer', 'cash', 'third_party', 'card']).toContain(row.channel)
    }
    expect(new Set(rows.map((row) => row.booked_at.slice(19)))).toEqual(new Set(['+08:00', 'Z']))
    expect(new Set(rows.map((row) => row.currency)).size).toBeGreaterThan(2)
  })
})

describe('the truth', () => {
  it('marks as laundering exactly the stories, and gives each of them a scheme', () => {
    for (const { label } of rows) {
      expect(label.is_laundering).toBe(!label.typology.startsWith('n_'))
      if (label.is_laundering) expect(label.scheme_id).not.toBe('')
    }
  })

  it('gives a scheme one typology', () => {
    const typologies = new Map<string, Set<string>>()
    for (const { label } of rows) {
      if (label.scheme_id === '') continue
      const known = typologies.get(label.scheme_id) ?? new Set<string>()
      typologies.set(label.scheme_id, known.add(label.typology))
    }
    for (const known of typologies.values()) expect(known.size).toBe(1)
  })

  it.each([
    ['illegal_fund_raising', 2],
    ['structuring', 6],
    ['mule_ring', 3],
    ['dormant_awakening', 3],
    ['single_million', 7],
    ['n_home_purchase', 9],
    ['fan_in', 3],
    ['fan_out', 3],
    ['cycle', 3],
  ])('tells of %s %i times by default', (typology, count) => {
    expect(schemes(typology).size).toBe(count)
  })

  it.each([1_000, 5_000])('tells every story in %i rows too', (transactions) => {
    const few = [...simulate({ ...defaultSimulation, transactions })]
    const told = new Set(few.flatMap(({ label }) => (label.is_laundering ? [label.typology] : [])))
    expect(told).toEqual(
      new Set([
        ...['illegal_fund_raising', 'structuring', 'mule_ring', 'dormant_awakening', 'single_million'],
        ...['fan_in', 'fan_out', 'cycle'],
      ]),
    )
  })

  it('has ordinary life in most of its rows', () => {
    expect(rows.filter(({ label }) => label.is_laundering).length).toBeLessThan(rows.length / 20)
    const known = new Set(rows.map(({ label }) => label.typology))
    for (const typology of ['n_salary', 'n_rent', 'n_market_stall', 'n_trade', 'n_foreign_trade', 'n_cash']) {
      expect(known).toContain(typology)
    }
  })
})

describe('a fund-raising scheme', () => {
  const funds = [...schemes('illegal_fund_raising').values()]

  it('collects deposits of 60 to 200 persons in multiples of ten thousand', () => {
    for (const fund of funds) {
      const deposits = fund.filter((row) => row.remark === '认购款')
      expect(new Set(deposits.map((row) => row.payer_id)).size).toBe(deposits.length)
      expect(deposits.length).toBeGreaterThanOrEqual(60)
      expect(deposits.length).toBeLessThanOrEqual(200)
      for (const deposit of deposits) expect(yuan(deposit) % 10_000).toBe(0)
    }
  })

  it('pays at least ten of them three equal months of interest, 1 to 1.5 per cent', () => {
    for (const fund of funds) {
      const principal = new Map(
        fund.flatMap((row) => (row.remark === '认购款' ? [[row.payer_id, yuan(row)]] : [])),
      )
      const payouts = Map.groupBy(
        fund.filter((row) => row.remark === '收益'),
        (row) => row.payee_id,
      )
      const regular = [...payouts].filter(([, received]) => received.length >= 3)
      expect(regular.length).toBeGreaterThanOrEqual(10)
      for (const [investor, received] of regular) {
        const rate = yuan(received[0] ?? rowMissing()) / (principal.get(investor) ?? Number.NaN)
        expect(rate).toBeGreaterThanOrEqual(0.01)
        expect(rate).toBeLessThanOrEqual(0.015)
        expect(new Set(received.map((row) => row.amount)).size).toBe(1)
      }
    }
  })

  it('grows by new money and ends before the period does', () => {
    for (const fund of funds) {
      const last = Math.max(
        ...fund.flatMap((row) => (row.remark === '认购款' ? [Date.parse(row.booked_at)] : [])),
      )
      const end = defaultSimulation.start + defaultSimulation.days * 86_400_000
      expect(end - last).toBeGreaterThan(5 * 86_400_000)
    }
  })
})

describe('the other stories', () => {
  it('structures with amounts below a line, never on it', () => {
    for (const rowsOfOne of schemes('structuring').values()) {
      const parts = rowsOfOne.filter((row) => row.remark !== '往来款' && row.remark !== '货款')
      const line =
        parts[0]?.channel === 'cash' ? 50_000 : parts[0]?.payer_kind === 'person' ? 500_000 : 2_000_000
      expect(parts.length).toBeGreaterThanOrEqual(3)
      for (const part of parts) {
        expect(yuan(part)).toBeGreaterThanOrEqual(line * 0.8)
        expect(yuan(part)).toBeLessThan(line)
      }
    }
  })

  it('lets mules pass on nearly all they got within half an hour', () => {
    for (const ring of schemes('mule_ring').values()) {
      const inflow = new Map<string, number>()
      for (const row of ring) {
        const time = Date.parse(row.booked_at)
        const since = inflow.get(row.payer_id)
        if (since !== undefined && row.remark === '转账')
          expect(time - since).toBeLessThanOrEqual(30 * 60_000)
        if (row.remark === '转账') inflow.set(row.payee_id, time)
      }
    }
  })

  it('has a million to the fen, and a dormant account silent for three months', () => {
    const millions = [...schemes('single_million').values()].flat()
    expect(millions.some((row) => row.amount === '1000000.00')).toBe(true)
    for (const story of schemes('dormant_awakening').values()) {
      const [first, second] = story.map((row) => Date.parse(row.booked_at))
      expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(85 * 86_400_000)
    }
  })
})

function rowMissing(): never {
  throw new Error('a row is missing')
}
