import { describe, expect, it } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { inputRecords, unequalPartition } from './input.ts'
import { drawFaults, faultKinds } from './plan.ts'
import type { PlanOptions } from './plan.ts'

const options: PlanOptions = {
  seed: 1,
  faults: 100,
  workers: { split: 2, score: 2, publish: 1 },
  brokers: 3,
  sessionMs: 3_000,
  kinds: faultKinds,
}

describe('the faults of a run', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(drawFaults(options)).toEqual(drawFaults(options))
    expect(drawFaults({ ...options, seed: 2 })).not.toEqual(drawFaults(options))
  })

  it('come in every kind before one comes again', () => {
    const first = drawFaults(options).slice(0, faultKinds.length)
    expect(new Set(first.map(({ kind }) => kind)).size).toBe(faultKinds.length)
  })

  it('strike a broker when they are the broker’s, and a worker otherwise', () => {
    for (const { kind, target } of drawFaults(options))
      expect(target).toMatch(kind.startsWith('broker-') ? /^broker-[123]$/ : /^(split|score|publish)-\d$/)
  })
})

describe('the stream of transactions', () => {
  const count = 6_000

  function values(seed: number): (Uint8Array | null)[] {
    const stream = inputRecords(seed, 4)
    return Array.from({ length: count }, (_, index) => stream.next().value.make(index).value)
  }

  it('is the same for the same seed, so that whoever goes on in the middle goes on with the same', () => {
    expect(values(1)).toEqual(values(1))
  })

  it('has repeats and records that nobody can read', () => {
    const readable = values(1).flatMap((value) => {
      try {
        return [codecs.transaction.decode(value ?? new Uint8Array(0))]
      } catch {
        return []
      }
    })
    expect(readable.length).toBeLessThan(count)
    expect(new Set(readable.map(({ txn_id: id }) => id)).size).toBeLessThan(readable.length)
  })

  it('gives a payer one partition, and partitions unequal shares', () => {
    const shares = [0, 0, 0, 0]
    for (let payer = 0; payer < 1_500; payer += 1) {
      const partition = unequalPartition(`P${payer}`, 4)
      expect(unequalPartition(`P${payer}`, 4)).toBe(partition)
      shares[partition] = (shares[partition] ?? 0) + 1
    }
    expect(shares).toEqual(shares.toSorted((a, b) => b - a))
  })
})
