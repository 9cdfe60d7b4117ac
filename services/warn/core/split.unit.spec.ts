import { describe, expect, it } from 'vitest'
import { payment } from '../../../test/support/transaction.ts'
import { partitionOf } from '../../platform/log/partitioner.ts'
import type { SplitResult, Splitter } from './split.ts'
import { createSplitter } from './split.ts'

function opened(state = new Map<string, Uint8Array>()) {
  return {
    state,
    splitter: createSplitter({ source: 2, partitions: 4, partitionOf, state, horizonDays: 400 }),
  }
}

function stored(state: Map<string, Uint8Array>, { changes }: Pick<SplitResult, 'changes'>): void {
  for (const { key, value } of changes) {
    if (value === null) state.delete(key)
    else state.set(key, value)
  }
}

function split(
  state: Map<string, Uint8Array>,
  splitter: Splitter,
  ...list: Parameters<Splitter['split']>[0]
): SplitResult {
  const result = splitter.split(list)
  stored(state, result)
  return result
}

const one = payment({ at: '2026-01-05 10:00', amount: '10', from: 'A', to: 'B' })

describe('the splitter', () => {
  it('makes a flow for each side, in the partition of its subject, and a block for every partition', () => {
    const { state, splitter } = opened()
    const { blocks, flows } = split(state, splitter, one, { ...one, txn_id: 'again' })
    expect(flows).toBe(4)
    expect(blocks.map(({ partition }) => partition)).toEqual([0, 1, 2, 3])
    for (const { partition, block } of blocks) {
      expect(block).toMatchObject({ source: 2, source_event_time: one.booked_at })
      for (const flow of block.flows) expect(partitionOf(flow.subject_id, 4)).toBe(partition)
    }
  })

  it('makes no flow for an institution, and takes the account where there is no id', () => {
    const { state, splitter } = opened()
    const { blocks } = split(state, splitter, {
      ...one,
      payer_id: '',
      payer_account: 'ACC',
      payee_kind: 'institution',
    })
    const flows = blocks.flatMap(({ block }) => block.flows)
    expect(
      flows.map(({ subject_id, direction, counterparty_id }) => [subject_id, direction, counterparty_id]),
    ).toEqual([['ACC', 'out', 'B']])
  })

  it('keeps the event time of its source from falling back', () => {
    const { state, splitter } = opened()
    split(state, splitter, one, { ...one, txn_id: 'again' })
    const { blocks } = split(state, splitter, { ...one, txn_id: 'earlier', booked_at: one.booked_at - 5 })
    expect(blocks[0]?.block.source_event_time).toBe(one.booked_at)
  })

  it('drops repeats, also within a batch and after a restart, though identities are encrypted anew', () => {
    const { state, splitter } = opened()
    expect(split(state, splitter, one, { ...one, payer_identity: Buffer.from('x') })).toMatchObject({
      duplicates: 1,
      flows: 2,
    })
    expect(split(state, opened(state).splitter, one)).toMatchObject({ duplicates: 1, flows: 0, refused: [] })
  })

  it('sets aside the same id with other content, also on another day; another source is another transaction', () => {
    const { state, splitter } = opened()
    const { refused, flows } = split(
      state,
      splitter,
      one,
      { ...one, amount: 5 },
      { ...one, booked_at: one.booked_at + 86_400_000 },
      { ...one, source_id: 'bank_b' },
    )
    expect(refused).toEqual([
      { index: 1, reason: 'conflicting_duplicate' },
      { index: 2, reason: 'conflicting_duplicate' },
    ])
    expect(flows).toBe(4)
  })

  it.each([
    ['no amount', { amount: 0 }],
    ['no id', { txn_id: '' }],
    ['no time', { booked_at: 0 }],
    ['a side without account and id', { payee_id: '', payee_account: '' }],
  ])('sets aside a transaction with %s', (_what, change) => {
    const { state, splitter } = opened()
    expect(split(state, splitter, { ...one, ...change }).refused).toEqual([
      { index: 0, reason: 'invalid_transaction' },
    ])
  })

  it('forgets transactions past the horizon, and clears them away bit by bit', () => {
    const { state, splitter } = opened()
    split(state, splitter, one)
    const later = { ...one, booked_at: one.booked_at + 401 * 86_400_000 }
    split(state, splitter, { ...later, txn_id: 'later' }, { ...later, txn_id: 'later still' })
    const entries = (from: string): [string, Uint8Array][] =>
      [...state]
        .filter(([key]) => key >= from && key.startsWith('t'))
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
    const first = splitter.expired(entries, 't', 1)
    stored(state, first)
    stored(state, splitter.expired(entries, first.cursor, 1))
    expect(entries('t')).toHaveLength(2)
    expect(split(state, splitter, one)).toMatchObject({ duplicates: 0, flows: 2 })
  })

  it('cuts what would become too large a record', () => {
    const state = new Map<string, Uint8Array>()
    const splitter = createSplitter({
      source: 0,
      partitions: 1,
      partitionOf: () => 0,
      state,
      blockBytesMax: 1_000,
    })
    const list = Array.from({ length: 50 }, (_, index) => ({ ...one, txn_id: `t${index}` }))
    const { blocks } = splitter.split(list)
    expect(blocks.length).toBeGreaterThan(10)
    expect(blocks.flatMap(({ block }) => block.flows)).toHaveLength(100)
  })
})
