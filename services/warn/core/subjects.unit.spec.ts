import { describe, expect, it } from 'vitest'
import type { FlowBlock } from '../../../schemas/types.ts'
import { flowsOf } from '../../../test/support/flows.ts'
import { instant, payment } from '../../../test/support/transaction.ts'
import { loadRuleSet } from '../shell/rule-files.ts'
import { controlOf } from './control.ts'
import { createScorer } from './fold.ts'
import { Household } from './household.ts'
import type { StateChange, StateReader } from './state.ts'
import { decodeSubject } from './subject-codec.ts'

const { content } = await loadRuleSet()
const day = 86_400_000
const at = instant('2025-01-06 10:00')

/** Stored state as a log keeps it: sorted by key. */
class Stored implements StateReader {
  private readonly map = new Map<string, Uint8Array>()
  get(key: string): Uint8Array | undefined {
    return this.map.get(key)
  }
  entries(from: string, to: string): [string, Uint8Array][] {
    return [...this.map].filter(([key]) => key >= from && key < to).toSorted(([a], [b]) => (a < b ? -1 : 1))
  }
  take(changes: readonly StateChange[]): void {
    for (const { key, value } of changes) {
      if (value === null) this.map.delete(key)
      else this.map.set(key, value)
    }
  }
  flows(): Readonly<Record<string, number>> {
    const home = new Household()
    return Object.fromEntries(
      this.entries('s', 't').map(([key, bytes]) => [
        key,
        decodeSubject(home.names.numberOf(key), bytes, home).count,
      ]),
    )
  }
  subjects(): string[] {
    return this.entries('s', 't').map(([key]) => key)
  }
}

const activation = controlOf('rule_set_activated', { content })

function block(time: number, from: string, to: string, amount = '10'): FlowBlock {
  return { source: 0, source_event_time: time, flows: flowsOf(payment({ at: time, amount, from, to })) }
}

describe('the stored state of subjects', () => {
  it('is cleared away when its time is over, though nobody asks for the subject again', () => {
    const stored = new Stored()
    const first = createScorer(stored)
    first.control(activation)
    first.block(block(at, 'A', 'B'))
    stored.take(first.checkpoint())
    expect(stored.subjects()).toEqual(['s|A', 's|B'])

    const second = createScorer(stored)
    second.block(block(at + 366 * day, 'C', 'D'))
    stored.take(second.checkpoint())
    expect(stored.subjects()).toEqual(['s|A', 's|B', 's|C', 's|D'])
    second.block(block(at + 368 * day, 'C', 'D'))
    stored.take(second.checkpoint())
    stored.take(second.checkpoint())
    expect(stored.flows()).toEqual({ 's|A': 0, 's|B': 0, 's|C': 2, 's|D': 2 })

    // That they were here, and when last, is known for five years more; nothing else is.
    second.block(block(at + (367 + 1_829) * day, 'C', 'D'))
    stored.take(second.checkpoint())
    stored.take(second.checkpoint())
    expect(stored.subjects()).toEqual(['s|A', 's|B', 's|C', 's|D'])
    second.block(block(at + (367 + 1_831) * day, 'C', 'D'))
    stored.take(second.checkpoint())
    stored.take(second.checkpoint())
    expect(stored.subjects()).toEqual(['s|C', 's|D'])
  })

  it('tells a sleeper from a stranger, whether the flows before the sleep were cleared away or not', () => {
    for (const [days, hits] of [
      [500, ['R10 A']],
      [1_827, ['R10 A']],
      [1_829, []],
    ] as const) {
      for (const isCleared of [false, true]) {
        const stored = new Stored()
        let scorer = createScorer(stored)
        scorer.control(activation)
        scorer.block(block(at, 'A', 'B'))
        if (isCleared) {
          stored.take(scorer.checkpoint())
          scorer = createScorer(stored)
          for (const before of [2, 1]) scorer.block(block(at + days * day - before, 'C', 'D'))
          stored.take(scorer.checkpoint())
          stored.take(scorer.checkpoint())
          expect(stored.flows()['s|A']).toBe(0)
          scorer = createScorer(stored)
        }
        const emissions = scorer.block(block(at + days * day, 'A', 'Z', '2000000'))
        const found = [...emissions, ...scorer.finish()].flatMap((one) =>
          one.type === 'warning' ? [`${one.warning.rules[0]?.rule_id} ${one.warning.subject_id}`] : [],
        )
        expect(
          found.filter((hit) => hit.startsWith('R10')),
          `${days} ${isCleared}`,
        ).toEqual(hits)
      }
    }
  })

  it('keeps the flows of a subject of which a late one was scored by itself', () => {
    const stored = new Stored()
    const hour = 3_600_000
    const paid = (time: number, amount: string, now = time): FlowBlock => ({
      source: 0,
      source_event_time: now,
      flows: flowsOf(payment({ at: time, amount, from: 'A', to: 'Z' })),
    })
    const first = createScorer(stored)
    first.control(activation)
    first.block(paid(at, '300000'))
    first.block(block(at + 5 * hour, 'C', 'D'))
    const late = first.block(paid(at - hour, '1000000', at + 5 * hour))
    expect(late).toContainEqual(expect.objectContaining({ type: 'warning' }))
    stored.take(first.checkpoint())

    // Both payments together reach the line of the day.
    const [warning] = createScorer(stored).block(paid(at + 5 * hour, '300000'))
    expect(warning).toMatchObject({
      warning: { subject_id: 'A', rules: [{ rule_id: 'R02' }, { rule_id: 'R01' }] },
    })
  })

  it('is all a new process needs, however few subjects are kept in memory', () => {
    const stored = new Stored()
    const people = Array.from({ length: 40 }, (_, index) => `P${String(index).padStart(2, '0')}`)
    let warnings = 0
    for (const [index, person] of people.entries()) {
      const scorer = createScorer(stored, { residentFlowsMax: 3 })
      if (index === 0) scorer.control(activation)
      const emissions = scorer.block(block(at + index, person, 'HUB'))
      warnings += emissions.length
      stored.take(scorer.checkpoint())
    }
    expect(warnings).toBe(1)
    expect(stored.subjects()).toHaveLength(41)
  })

  it('of an engine that computes otherwise is refused', () => {
    const stored = new Stored()
    stored.take([{ key: 'm', value: Buffer.from('{"engine":0}') }])
    expect(() => createScorer(stored)).toThrow(/engine 0/)
  })
})
