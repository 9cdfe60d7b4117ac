/** A checkpoint is stored piece by piece: the subjects are as of later than what is stored with them. A replay has to know that. */
import { describe, expect, it } from 'vitest'
import type { Control, FlowBlock } from '../../../schemas/types.ts'
import { flowsOf } from '../../../test/support/flows.ts'
import { instant, payment } from '../../../test/support/transaction.ts'
import type { Payment } from '../../../test/support/transaction.ts'
import { loadRuleSet } from '../shell/rule-files.ts'
import { controlOf } from './control.ts'
import type { Emission, Scorer } from './fold.ts'
import { createScorer } from './fold.ts'
import type { StateChange } from './state.ts'

const { content } = await loadRuleSet()
const at = instant('2026-03-02 10:00')
const hour = 3_600_000
const minute = 60_000

const control = (kind: Control['kind']): Control => controlOf(kind, { source: 0, content })

function block(time: number, ...payments: readonly Payment[]): FlowBlock {
  return { source: 0, source_event_time: time, flows: payments.flatMap((facts) => flowsOf(payment(facts))) }
}

type Step = FlowBlock | Control

function fold(scorer: Scorer, steps: readonly Step[], from: number, to: number): Emission[] {
  return steps
    .slice(from, to)
    .flatMap((step, index) =>
      'flows' in step ? scorer.block(step, from + index) : scorer.control(step, from + index),
    )
}

/**
 * What the steps from `stored` on say when the fold goes on from a checkpoint that begins before step `begun` and ends after
 * step `stored`; and what they say when nothing happened.
 */
function bothWays(steps: readonly Step[], begun: number, stored: number) {
  const whole = createScorer({ get: () => undefined, entries: () => [] })
  fold(whole, steps, 0, stored)
  const expected = fold(whole, steps, stored, steps.length)

  const first = createScorer({ get: () => undefined, entries: () => [] })
  fold(first, steps, 0, begun)
  first.beginCheckpoint(begun)
  fold(first, steps, begun, stored)
  const { changes, replayFrom = -1 } = first.store(stored, Number.POSITIVE_INFINITY)
  const second = createScorer(stateOf(changes))
  fold(second, steps, replayFrom, stored)
  return { replayFrom, expected, found: fold(second, steps, stored, steps.length) }
}

function stateOf(changes: readonly StateChange[]) {
  const map = new Map(changes.flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const])))
  return {
    get: (key: string) => map.get(key),
    entries: (from: string, to: string) =>
      [...map].filter(([key]) => key >= from && key < to).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  }
}

const bank = { to: 'BANK', payee_kind: 'institution' } as const

describe('a replay from a checkpoint stored piece by piece', () => {
  it('does not score a late payment again that a stored subject knows already', () => {
    const { replayFrom, found, expected } = bothWays(
      [
        control('rule_set_activated'),
        block(at + 3 * hour, { at: at + 3 * hour, amount: '10', from: 'A', ...bank }),
        block(at + 3 * hour, { at, amount: '1000000', from: 'A', ...bank }),
        block(at + 4 * hour, { at: at + 4 * hour, amount: '2000000', from: 'A', ...bank }),
        block(at + 30 * hour, { at: at + 30 * hour, amount: '600000', from: 'A', ...bank }),
      ],
      2,
      4,
    )
    expect(replayFrom).toBe(2)
    expect(expected).toHaveLength(1)
    expect(found).toEqual(expected)
  })

  it('does not decide what a stored subject waits for before the time has come', () => {
    const { found, expected } = bothWays(
      [
        control('rule_set_activated'),
        block(at, { at, amount: '10', from: 'A', ...bank }),
        block(at + minute, { at: at + minute, amount: '20', from: 'A', ...bank }),
        control('source_idle'),
        block(
          at + 5 * minute,
          { at: at + 2 * minute, amount: '60000', from: 'X', to: 'A' },
          { at: at + 3 * minute, amount: '60000', from: 'A', ...bank },
        ),
        control('source_idle'),
      ],
      2,
      5,
    )
    expect(expected.length).toBeGreaterThan(0)
    expect(found).toEqual(expected)
  })
})
