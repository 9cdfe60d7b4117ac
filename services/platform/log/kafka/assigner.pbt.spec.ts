/** How partitions are shared out among the members of a group. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checked } from '../../../../test/support/seed.ts'
import type { MemberClaim } from './assigner.ts'
import { shareOut } from './assigner.ts'

const partitions = fc.integer({ min: 0, max: 24 }).map((count) => Array.from({ length: count }, (_, n) => n))
const claim = fc.record({
  owned: fc.uniqueArray(fc.nat(30), { maxLength: 12 }),
  generation: fc.integer({ min: -1, max: 5 }),
  warm: fc.uniqueArray(fc.nat(30), { maxLength: 12 }),
})
const claims = fc
  .array(claim, { minLength: 1, maxLength: 7 })
  .map((all) => all.map((one, n): MemberClaim => ({ ...one, memberId: `member-${n}` })))

const fresh = (memberId: string, more: Partial<MemberClaim> = {}): MemberClaim => ({
  memberId,
  owned: [],
  generation: -1,
  warm: [],
  ...more,
})
const asRecord = (shares: ReadonlyMap<string, readonly number[]>) =>
  Object.fromEntries([...shares].map(([member, own]) => [member, own.toSorted((a, b) => a - b)]))

test('every partition has exactly one member, and shares differ by one at most', async () => {
  await checked(
    fc.property(claims, partitions, (members, all) => {
      const shares = [...shareOut(members, all).values()]
      expect(shares.flat().toSorted((a, b) => a - b)).toEqual(all)
      const sizes = shares.map((share) => share.length)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }),
  )
})

test('the order in which the broker lists the members does not matter', async () => {
  await checked(
    fc.property(claims, partitions, (members, all) => {
      expect(asRecord(shareOut(members.toReversed(), all))).toEqual(asRecord(shareOut(members, all)))
    }),
  )
})

test('nothing moves when nobody came or left', async () => {
  await checked(
    fc.property(claims, partitions, (members, all) => {
      const shares = shareOut(members, all)
      const again = members.map((one) => ({ ...one, owned: shares.get(one.memberId) ?? [], generation: 9 }))
      expect(asRecord(shareOut(again, all))).toEqual(asRecord(shares))
    }),
  )
})

test('who joins takes no more than an even share, and what others keep is what they had', () => {
  const shares = shareOut([fresh('old', { owned: [0, 1, 2, 3], generation: 3 }), fresh('new')], [0, 1, 2, 3])
  expect(asRecord(shares)).toEqual({ old: [0, 1], new: [2, 3] })
})

test('a member that was away is not believed about what others have run since', () => {
  const zombie = fresh('zombie', { owned: [0, 1], generation: 4 })
  const heir = fresh('heir', { owned: [0, 1], generation: 7 })
  expect(asRecord(shareOut([zombie, heir], [0, 1, 2, 3]))).toEqual({ heir: [0, 1], zombie: [2, 3] })
})

test('who holds the stored state of a partition gets it before others', () => {
  const shares = shareOut([fresh('a', { warm: [3, 1] }), fresh('b', { warm: [0] })], [0, 1, 2, 3])
  expect(asRecord(shares)).toEqual({ a: [1, 3], b: [0, 2] })
})
