import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checked } from '../../../test/support/seed.ts'
import { Partitioners } from './kafka/kafkajs/door.ts'
import { murmur2, partitionOf } from './partitioner.ts'

const kafkaPartitioner = Partitioners.DefaultPartitioner()

function kafkaPartitionOf(key: string, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 1,
    replicas: [1],
    isr: [1],
  }))
  return kafkaPartitioner({
    topic: 'any',
    partitionMetadata,
    message: { key: Buffer.from(key), value: null },
  })
}

test.each([
  // Vectors of Apache Kafka's UtilsTest.testMurmur2.
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
])('the hash of %s is the one of Apache Kafka', (text, hash) => {
  expect(murmur2(new TextEncoder().encode(text))).toBe(hash)
})

test('a key goes to the partition that kafkajs would choose', async () => {
  await checked(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.uuid()),
      fc.integer({ min: 1, max: 64 }),
      (key, partitions) => {
        expect(partitionOf(key, partitions)).toBe(kafkaPartitionOf(key, partitions))
      },
    ),
  )
})
