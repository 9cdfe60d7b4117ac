import { describe, expect, it } from 'vitest'
import { Household } from './household.ts'
import { IncomingFlow } from './incoming.ts'
import { StateFormatError } from './state.ts'
import { decodeSubject, encodeSubject } from './subject-codec.ts'
import { Subject } from './subject.ts'

interface Facts {
  readonly time: number
  readonly txn: string
  readonly source: string
  readonly farRegion: string
  readonly country: string
  readonly currency: string
}

function insert(subject: Subject, home: Household, facts: Facts): number {
  const { names } = home
  const flow = new IncomingFlow()
  flow.bytes = Buffer.from(facts.txn)
  flow.txnTo = flow.bytes.length
  flow.time = facts.time
  flow.amount = 100
  flow.party = names.numberOf('B')
  flow.currency = home.currency(facts.currency)
  flow.origin = home.origins.number(
    names.numberOf(facts.source),
    names.numberOf(facts.farRegion),
    names.numberOf(facts.country),
  )
  return subject.insert(flow)
}

function factsAt(subject: Subject): Facts[] {
  return Array.from({ length: subject.count }, (_, index) => {
    const { time, txnId: txn, sourceId: source, currency } = subject.flow(index)
    const farRegion = subject.farRegionTextAt(index)
    const country = subject.countryTextAt(index)
    return { time, txn, source, farRegion, country, currency }
  })
}

/** In event order; sources differ in the order of their texts, not of their first use. */
const flows: readonly Facts[] = [
  { time: 1, txn: 't1', source: 'bank_z', farRegion: '331004', country: '', currency: 'CNY' },
  { time: 2, txn: 't2', source: 'bank_a', farRegion: '', country: 'US', currency: 'USD' },
  { time: 2, txn: 't2', source: 'bank_z', farRegion: '110101', country: 'US', currency: 'CNY' },
  { time: 3, txn: 't3', source: 'bank_z', farRegion: '331004', country: '', currency: 'EUR' },
]

describe('a subject', () => {
  it('knows of each flow its source, the region of the counterparty, the country and the currency', () => {
    const home = new Household()
    const subject = new Subject(home.names.numberOf('A'), home)
    for (const facts of flows) insert(subject, home, facts)
    expect(factsAt(subject)).toEqual(flows)
  })

  it('orders flows of one time and id by the text of their source, whatever else differs', () => {
    const home = new Household()
    const subject = new Subject(home.names.numberOf('A'), home)
    for (const facts of flows.toReversed()) insert(subject, home, facts)
    expect(factsAt(subject)).toEqual(flows)
  })

  it('takes the same transaction once, though the region of the counterparty was corrected', () => {
    const home = new Household()
    const subject = new Subject(home.names.numberOf('A'), home)
    for (const facts of flows) {
      insert(subject, home, facts)
      expect(insert(subject, home, { ...facts, farRegion: '999999' })).toBe(-1)
    }
    expect(factsAt(subject)).toEqual(flows)
  })

  it('is the same after it was stored, in a household with other numbers', () => {
    const home = new Household()
    const subject = new Subject(home.names.numberOf('A'), home)
    for (const facts of flows) insert(subject, home, facts)
    const bytes = encodeSubject(subject, home)

    const other = new Household()
    other.currency('JPY')
    other.origins.number(other.names.numberOf('bank_q'), other.noName, other.names.numberOf('KP'))
    const back = decodeSubject(other.names.numberOf('A'), bytes, other)
    expect(factsAt(back)).toEqual(flows)
    expect(encodeSubject(back, other)).toEqual(bytes)
  })

  it('is refused in a form that another version stored', () => {
    const home = new Household()
    expect(() => decodeSubject(home.noName, Buffer.from([2, 0]), home)).toThrow(StateFormatError)
  })
})
