import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { Transaction, Warning } from '../../schemas/types.ts'
import type { LogRecord } from '../../services/platform/log/port.ts'
import { createReplay, lintRuleFile, loadRuleSet } from '../../services/warn/app.ts'
import { emissionRecord } from '../../services/warn/shell/records.ts'
import { checked } from '../support/seed.ts'
import { payment } from '../support/transaction.ts'
import { PeerTransactions, peerHeader, peerType, stamped } from './transaction.ts'
import { peerWarning } from './warning.ts'

const rules = new URL('rules.yaml', import.meta.url)
const ruleSet = await loadRuleSet(rules)
const hour = 3_600_000
const start = Date.UTC(2026, 0, 1)

const peer = {
  txn_id: 'T000000000000042',
  booked_at: start + 5 * hour,
  amount_minor: 123_456_789,
  currency: 'CNY',
  payer_account: '622200000001045729',
  payee_account: '622200000000784169',
  payer_kind: 'institution',
  payee_kind: 'enterprise',
  channel: 'third_party',
  remark: 'goods, invoice, contract 2026-000000042',
}

const record = (value: Uint8Array | null, timestamp = start): LogRecord => ({
  offset: 7,
  key: peer.payer_account,
  value,
  headers: { traceparent: 'kept' },
  timestamp,
})
const encoded = (facts: object): Buffer =>
  Buffer.concat([peerHeader, peerType.toBuffer({ ...peer, ...facts })])

describe("a transaction of the peers'", () => {
  it('is what ingest would have written, its id carrying the timestamp of its record', () => {
    const [first, second] = new PeerTransactions().translate([
      record(encoded({})),
      record(encoded({ txn_id: 'END-0-1', payer_kind: 'person', channel: 'unknown' }), start + 1),
    ])
    expect(codecs.transaction.decode(first?.value ?? Buffer.alloc(0))).toEqual({
      txn_id: `${peer.txn_id}${stamped.suffix(start)}`,
      booked_at: peer.booked_at,
      amount: peer.amount_minor,
      currency: 'CNY',
      payer_account: peer.payer_account,
      payer_id: '',
      payer_kind: 'unknown',
      payer_region: '',
      payer_identity: Buffer.alloc(0),
      payee_account: peer.payee_account,
      payee_id: '',
      payee_kind: 'enterprise',
      payee_region: '',
      payee_identity: Buffer.alloc(0),
      channel: 'third_party',
      country: '',
      remark: peer.remark,
      source_id: '',
    } satisfies Transaction)
    expect(codecs.transaction.decode(second?.value ?? Buffer.alloc(0))).toMatchObject({
      txn_id: `END-0-1${stamped.suffix(start + 1)}`,
      payer_kind: 'person',
      channel: 'unknown',
    })
    expect([first?.offset, first?.key, first?.timestamp, first?.headers]).toEqual([
      7,
      peer.payer_account,
      start,
      { traceparent: 'kept' },
    ])
  })

  it('stays as it is when it is damaged or none at all', () => {
    const whole = encoded({})
    const odd = [
      null,
      Buffer.alloc(0),
      Buffer.from('text'),
      whole.subarray(0, -1),
      Buffer.concat([whole, whole]),
    ]
    const translated = new PeerTransactions().translate([...odd.map((value) => record(value)), record(whole)])
    expect(translated.slice(0, -1).map(({ value }) => value)).toEqual(odd)
    expect(codecs.transaction.decode(translated.at(-1)?.value ?? Buffer.alloc(0)).remark).toBe(peer.remark)
  })

  it('has the header that the peers put in front of it', () => {
    expect(peerHeader.subarray(0, 2)).toEqual(Buffer.from([0xc3, 0x01]))
    expect(peerHeader).toHaveLength(10)
  })
})

interface Payment {
  readonly id: number
  readonly at: number
  readonly amount: number
  readonly payer: string
  readonly payee: string
}

/** Few payees, many payers, three days: windows that fill up and empty again. */
const payments = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 72 * 60 }).map((minutes) => start + minutes * 60_000),
      amount: fc.oneof(
        fc.integer({ min: 1, max: 99_999_999 }),
        fc.constantFrom(100_000_000, 99_999_999, 250_000_000),
      ),
      payer: fc.integer({ min: 0, max: 40 }).map((number) => `P${number}`),
      payee: fc.constantFrom('A', 'A', 'A', 'B'),
    }),
    { minLength: 40, maxLength: 150 },
  )
  .map((list): Payment[] => list.map((one, id) => ({ ...one, id })))

/** The definition of the rules, evaluated over everything at once. */
function expected(list: readonly Payment[]): string[] {
  const found = new Set<string>()
  for (const one of list) {
    if (one.amount >= 100_000_000) found.add(`R01 t${one.id}`)
    const last = Math.floor(one.at / hour)
    const window = list.filter(({ at, payee }) => {
      const age = last - Math.floor(at / hour)
      return payee === one.payee && age >= 0 && age <= 24
    })
    const day = Math.floor(last / 24)
    if (window.reduce((sum, { amount }) => sum + amount, 0) >= 500_000_000)
      found.add(`SUM24 ${one.payee} ${day}`)
    if (new Set(window.map(({ payer }) => payer)).size >= 20) found.add(`DIST24 ${one.payee} ${day}`)
  }
  return [...found].toSorted()
}

const transactionOf = ({ id, at, amount, payer, payee }: Payment): Transaction =>
  payment({
    txn_id: `t${id}${stamped.suffix(at + 1)}`,
    at,
    amount: (amount / 100).toFixed(2),
    from: payer,
    to: payee,
  })

function warnings(list: readonly Payment[], blockSize: number): Warning[] {
  const replay = createReplay(ruleSet, { blockSize })
  const emissions = [...replay.push(list.map(transactionOf)), ...replay.finish()]
  return emissions.flatMap((emission) => (emission.type === 'warning' ? [emission.warning] : []))
}

interface PeerWarning {
  readonly rule: string
  readonly subject: string
  readonly txn: string
  readonly day: number
}

function told(list: readonly Payment[], blockSize: number): string[] {
  return warnings(list, blockSize)
    .map((warning) => {
      const { value } = peerWarning(
        emissionRecord({ type: 'warning', warning, period: '' }, ''),
        topics.warnings,
      )
      const { rule, subject, txn, day } = JSON.parse(String(value)) as PeerWarning
      return rule === 'R01' ? `R01 ${txn}` : `${rule} ${subject} ${day}`
    })
    .toSorted()
}

describe("the peers' three rules as a rule file", () => {
  it('pass the check that publishing asks for', async () => {
    expect(await lintRuleFile(rules)).toEqual([])
    expect(ruleSet.file.rules.map(({ id }) => id)).toEqual(['R01', 'SUM24', 'DIST24'])
  })

  it('find what the definition says, each once, in event order', () =>
    checked(
      fc.property(payments, fc.integer({ min: 1, max: 40 }), (list, blockSize) => {
        expect(
          told(
            list.toSorted((a, b) => a.at - b.at),
            blockSize,
          ),
        ).toEqual(expected(list))
      }),
    ))

  it('find the same when payments come up to a day late', () =>
    checked(
      fc.property(
        payments,
        fc.array(fc.integer({ min: 0, max: 23 * 60 }), { minLength: 150, maxLength: 150 }),
        (list, delays) => {
          const arrival = ({ at, id }: Payment): number => at + (delays[id] ?? 0) * 60_000
          expect(
            told(
              list.toSorted((a, b) => arrival(a) - arrival(b)),
              1,
            ),
          ).toEqual(expected(list))
        },
      ),
    ))
})

describe("a warning for the peers' topic", () => {
  it('goes by subject and carries the timestamp of the record it was raised at', () => {
    const big = { id: 1, at: start + 30 * hour, amount: 100_000_000, payer: 'P', payee: 'A' }
    const [warning] = warnings([big], 1)
    if (warning === undefined) throw new Error('there is no warning')
    const topic = { ...topics.warnings, name: 'out', isForeign: true }
    const sent = peerWarning(emissionRecord({ type: 'warning', warning, period: '' }, 'trace'), topic)
    expect(JSON.parse(String(sent.value))).toEqual({ rule: 'R01', subject: 'A', day: 20_455, txn: 't1' })
    expect(sent).toMatchObject({ topic, key: 'A', headers: {}, timestamp: big.at + 1 })
  })

  it('cannot be made from a transaction without a timestamp', () => {
    expect(() => stamped.read('T1')).toThrow('T1 carries no timestamp')
  })
})

describe('the names of the script', () => {
  it('are those that the peer benchmark calls', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>
    }
    expect(manifest.scripts['peer-contender']).toBe('node test/peers/contender.ts')
  })
})
