import { describe, expect, it } from 'vitest'
import { payment } from '../../../test/support/transaction.ts'
import { codecs } from '../../../schemas/codec.ts'
import { deadLetterTopic, topics } from '../../../schemas/topics.ts'
import type { TopicSpec } from '../../../schemas/topics.ts'
import { describeValue } from './describe.ts'
import type { DescribedValue } from './describe.ts'
import { deadLetterRecord, readLetter } from './letter.ts'

const facts = { reason: 'conflicting_duplicate', exception: 'Refused', message: '' }

function described(value: Uint8Array | null, origin: TopicSpec = topics.transactions, partition = 0) {
  const topic = deadLetterTopic(origin, 'reader')
  const record = { offset: 0, key: '', value, headers: {}, timestamp: 0 }
  const { headers } = deadLetterRecord(topic, partition, record, facts, 'weir')
  const place = { topic, partition: 0, originPartitions: 4, prefix: 'weir' }
  return describeValue(readLetter(place, { ...record, headers }), value)
}

function contentOf(value: DescribedValue | null): unknown {
  return value?.message?.content
}

describe('the value of a dead letter', () => {
  it('is shown decoded, with pseudonyms and without the bytes of an identity', () => {
    const identity = Buffer.from('sealed identity of somebody')
    const transaction = payment({
      at: '2026-03-02 09:30',
      amount: '12.50',
      from: 'p_a',
      to: 'p_b',
      payer_identity: identity,
    })
    const shown = described(codecs.transaction.encode(transaction))
    expect(shown).toMatchObject({
      message: {
        subject: 'transaction',
        content: { payer_id: 'p_a', amount: 1250, payer_identity: { bytes: identity.length } },
      },
    })
    const text = JSON.stringify(shown)
    for (const encoding of ['hex', 'base64', 'latin1'] as const) {
      expect(text).not.toContain(identity.toString(encoding))
    }
  })

  it('is one of several messages where a topic carries several', () => {
    const block = codecs.flowBlock.encode({ source: 3, source_event_time: 5, flows: [] })
    expect(described(block, topics.flows)?.message).toEqual({
      subject: 'flow-block',
      content: { source: 3, source_event_time: 5, flows: [] },
    })
  })

  it('is cut where it is a long list', () => {
    const transaction = payment({ at: 0, amount: '1', from: 'a', to: 'b' })
    const flow = {
      subject_id: 'a',
      txn_id: transaction.txn_id,
      source_id: '',
      event_time: 0,
      direction: 'in',
      amount: 1,
      currency: 'CNY',
      kind: 'person',
      region: '',
      identity: Buffer.alloc(0),
      counterparty_id: 'b',
      counterparty_kind: 'person',
      counterparty_region: '',
      channel: 'transfer',
      country: '',
      remark: '',
    } as const
    const flows = Array.from({ length: 25 }, () => flow)
    const value = codecs.flowBlock.encode({ source: 0, source_event_time: 0, flows })
    const content = contentOf(described(value, topics.flows)) as { readonly flows: readonly unknown[] }
    expect(content.flows).toHaveLength(21)
    expect(content.flows.at(-1)).toEqual({ more: 5 })
  })

  it.each([
    ['in our encoding, its schema', 'c301000102030405060732323232', 'c3010001020304050607'],
    ['with a registry’s id, the id', '000000002a32323232', '000000002a'],
    ['none of ours, two bytes: it may hold clear numbers', '363232323032', '3632'],
  ])('that no schema fits shows only how it begins: %s', (_, hex, begins) => {
    const shown = described(Buffer.from(hex, 'hex'))
    expect(shown).toMatchObject({ bytes: hex.length / 2, begins })
    expect(shown).not.toHaveProperty('message')
  })

  it('stays sealed when ingestion sealed it, and is none for a tombstone', () => {
    expect(described(Buffer.from('sealed'), topics.transactions, -1)).toEqual({
      bytes: 6,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
    })
    expect(described(null)).toBeNull()
  })
})
