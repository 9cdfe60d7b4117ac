/**
 * Shares partitions out among the members of a group. Sticky: who has a partition keeps it while the shares stay even, and
 * who holds the stored state of one gets it before others do. Pure.
 */

/** What a member tells the leader. */
export interface MemberClaim {
  readonly memberId: string
  /** Partitions it runs; those of a newer generation are believed. */
  readonly owned: readonly number[]
  readonly generation: number
  /** Partitions whose state lies on its disk. */
  readonly warm: readonly number[]
}

/** Partition numbers by member, each partition once. Shares differ by one at most. The result depends on nothing but the claims. */
export function shareOut(
  claims: readonly MemberClaim[],
  partitions: readonly number[],
): ReadonlyMap<string, readonly number[]> {
  const members = claims.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const shares = new Map<string, number[]>(members.map(({ memberId }) => [memberId, []]))
  if (members.length === 0) return shares
  const open = new Set(partitions)
  const quota = quotas(members, partitions.length)
  const take = (memberId: string, partition: number): void => {
    const share = shares.get(memberId)
    if (share === undefined || !open.has(partition) || share.length >= (quota.get(memberId) ?? 0)) return
    open.delete(partition)
    share.push(partition)
  }
  for (const { memberId, owned } of members.toSorted((a, b) => b.generation - a.generation))
    for (const partition of owned) take(memberId, partition)
  for (const { memberId, warm } of members) for (const partition of warm) take(memberId, partition)
  for (const partition of [...open].toSorted((a, b) => a - b)) {
    const [least] = members.toSorted((a, b) => room(b.memberId) - room(a.memberId))
    if (least !== undefined) take(least.memberId, partition)
  }
  return shares

  function room(memberId: string): number {
    return (quota.get(memberId) ?? 0) - (shares.get(memberId)?.length ?? 0)
  }
}

/** Even shares; the larger ones go to those who own most, so that less moves. */
function quotas(members: readonly MemberClaim[], count: number): ReadonlyMap<string, number> {
  const least = Math.floor(count / members.length)
  const larger = count - least * members.length
  const byOwned = members.toSorted((a, b) => b.owned.length - a.owned.length)
  return new Map(byOwned.map(({ memberId }, index) => [memberId, least + (index < larger ? 1 : 0)]))
}
