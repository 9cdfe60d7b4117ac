/** What is known of counterparties without looking at flows is what counting them comes to. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checked } from '../../../test/support/seed.ts'
import { Parties, regularMin } from './parties.ts'

const moves = fc.array(fc.record({ party: fc.integer({ min: 0, max: 90 }), isIncoming: fc.boolean() }), {
  maxLength: 300,
})

interface Move {
  readonly party: number
  readonly isIncoming: boolean
}

function plainly(list: readonly Move[]): Record<string, number> {
  const all = [...new Set(list.map(({ party }) => party))].map((party) => ({
    received: list.filter((move) => move.party === party && move.isIncoming).length,
    paid: list.filter((move) => move.party === party && !move.isIncoming).length,
  }))
  return {
    all: all.length,
    payers: all.filter(({ received }) => received > 0).length,
    payees: all.filter(({ paid }) => paid > 0).length,
    paidBack: all.filter(({ received, paid }) => received > 0 && paid >= regularMin).length,
    mutual: all.filter(({ received, paid }) => received > 0 && paid > 0).length,
    exchanges: all.reduce((sum, { received, paid }) => sum + Math.min(received, paid), 0),
  }
}

describe('the parties of a subject', () => {
  it('are counted as flows come and go', () =>
    checked(
      fc.property(moves, fc.nat({ max: 300 }), (list, dropped) => {
        const parties = new Parties()
        for (const { party, isIncoming } of list) parties.add(party, isIncoming)
        for (const { party, isIncoming } of list.slice(0, dropped)) parties.remove(party, isIncoming)
        expect(parties).toMatchObject(plainly(list.slice(dropped)))
      }),
    ))
})
