import { describe, expect, it } from 'vitest'
import { codecs } from '../../../schemas/codec.ts'
import { partitionOf } from '../../platform/log/partitioner.ts'
import { Workload } from './workload.ts'

const options = { subjects: 500, partitions: 4, largeShare: 0.2, seed: 7 }
const at = Date.UTC(2026, 0, 5)

describe('the payments of a bench', () => {
  const workload = new Workload(options)
  const payments = Array.from({ length: 2_000 }, (_, index) => workload.next(at + index))

  it('are transactions that every reader decodes, under the key of the payer, on its partition', () => {
    for (const { partition, record } of payments) {
      const transaction = codecs.transaction.decode(record.value ?? Buffer.alloc(0))
      expect(codecs.transaction.encode(transaction)).toEqual(record.value)
      expect([transaction.payer_id, transaction.booked_at]).toEqual([record.key, record.timestamp])
      expect(partition).toBe(partitionOf(record.key, options.partitions))
      expect(transaction.payee_id).not.toBe(transaction.payer_id)
    }
  })

  it('say how many warnings of R01 they give rise to: one for each person on a side of a million', () => {
    for (const { record, warnings } of payments) {
      const { amount, payer_kind, payee_kind } = codecs.transaction.decode(record.value ?? Buffer.alloc(0))
      const persons = [payer_kind, payee_kind].filter((kind) => kind === 'person').length
      expect(warnings).toBe(amount >= 100_000_000 ? persons : 0)
      // Far enough below that no exchange rate makes it a million.
      if (amount < 100_000_000) expect(amount).toBeLessThan(13_000_001)
    }
  })

  it('are the same for the same seed, and others for another', () => {
    const again = new Workload(options)
    expect(Array.from({ length: 2_000 }, (_, index) => again.next(at + index))).toEqual(payments)
    const other = new Workload({ ...options, seed: 8 })
    expect(other.next(at)).not.toEqual(payments[0])
  })
})
