import { describe, expect, it } from 'vitest'
import { payment } from '../../../test/support/transaction.ts'
import { partitionOf, partitionOfBytes } from '../../platform/log/partitioner.ts'
import type { SplitResult, Splitter } from './split.ts'
import { StateFormatError, noState } from './state.ts'
import type { StateChange } from './state.ts'
import { createSplitter } from './split.ts'

/** Stored state as a log keeps it: sorted by key. */
class Stored {
  readonly map = new Map<string, Uint8Array>()
  get(key: string): Uint8Array | undefined {
    return this.map.get(key)
  }
  entries(from: string, to: string): [string, Uint8Array][] {
    return [...this.map].filter(([key]) => key >= from && key < to).toSorted(([a], [b]) => (a < b ? -1 : 1))
  }
  take(changes: readonly StateChange[]): void {
    for (const { key, value } of changes) {
      if (value === null) this.map.delete(key)
      else this.map.set(key, Uint8Array.from(value))
    }
  }
}

function opened(state = new Stored(), segmentRows = 4) {
  const limits = { segmentRows, residentSegments: 1 }
  const splitter = createSplitter({
    ...limits,
    source: 2,
    partitions: 4,
    partitionOf: partitionOfBytes,
    state,
    horizonDays: 400,
  })
  return { state, splitter }
}

/** Splits a batch and stores what is known then. */
function split(state: Stored, splitter: Splitter, ...list: Parameters<Splitter['split']>[0]): SplitResult {
  const result = splitter.split(list)
  state.take(splitter.checkpoint())
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

  it('remembers across many stored segments and restarts, whatever is in memory', () => {
    const { state, splitter } = opened()
    const list = Array.from({ length: 50 }, (_, index) => ({ ...one, txn_id: `many ${index}` }))
    for (let from = 0; from < list.length; from += 7) split(state, splitter, ...list.slice(from, from + 7))
    const again = [list[49], list[3], list[20], list[4]].flatMap((each) => each ?? [])
    for (const other of [splitter, opened(state).splitter]) {
      expect(other.split(again)).toMatchObject({ duplicates: 4, flows: 0 })
      expect(other.split(again.map((each) => ({ ...each, amount: 77 }))).refused).toHaveLength(4)
    }
  })

  it('knows after a restart what the last checkpoint stored, and learns the rest from the replay', () => {
    const { state, splitter } = opened()
    split(state, splitter, one)
    const two = { ...one, txn_id: 'two' }
    splitter.split([two])
    const reopened = opened(state).splitter
    expect(reopened.split([one, two])).toMatchObject({ duplicates: 1, flows: 2 })
    expect(reopened.split([two])).toMatchObject({ duplicates: 1, flows: 0 })
  })

  it('forgets transactions past the horizon at once, and clears their segments away', () => {
    const { state, splitter } = opened()
    const early = Array.from({ length: 9 }, (_, index) => ({ ...one, txn_id: `early ${index}` }))
    split(state, splitter, ...early)
    const later = Array.from({ length: 10 }, (_, index) => ({
      ...one,
      booked_at: one.booked_at + 401 * 86_400_000,
      txn_id: `later ${index}`,
    }))
    const segments = () => state.entries('seg|', 'seg}').map(([, value]) => value.length / 36)
    split(state, splitter, ...later)
    expect(segments()).toEqual([4, 4, 3])
    expect(split(state, splitter, ...later)).toMatchObject({ duplicates: 10 })
    expect(split(state, splitter, ...early)).toMatchObject({ duplicates: 0, flows: 18 })
    expect(split(state, opened(state).splitter, ...later)).toMatchObject({ duplicates: 10 })
  })

  it('refuses a memory that another version stored', () => {
    const state = new Stored()
    state.take([{ key: 'm', value: Buffer.from('1767578400000 0') }])
    expect(() => opened(state)).toThrow(StateFormatError)
  })

  it('cuts what would become too large a record', () => {
    const splitter = createSplitter({
      source: 0,
      partitions: 1,
      partitionOf: () => 0,
      state: noState,
      blockBytesMax: 300,
    })
    const list = Array.from({ length: 50 }, (_, index) => ({ ...one, txn_id: `t${index}` }))
    const { blocks } = splitter.split(list)
    expect(blocks.length).toBeGreaterThan(10)
    expect(blocks.flatMap(({ block }) => block.flows)).toHaveLength(100)
  })
})
