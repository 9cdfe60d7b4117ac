import { describe, expect, it } from 'vitest'
import type { CaseEventView, DispatchView } from '../../../../schemas/http/casework.ts'
import { groupEvents } from './group-events.ts'

const event = (sequence: number, type: string, at: number) =>
  ({ sequence, type, occurred_at: at }) as CaseEventView
const dispatch = (department: string, purpose: string, at: number) =>
  ({ department, purpose, sent_at: at }) as DispatchView

describe('the history', () => {
  it('tells what was sent out at one moment as one entry, and keeps everything else apart', () => {
    const entries = groupEvents(
      [
        event(1, 'lead_opened', 1),
        event(2, 'dispatched', 1),
        event(3, 'dispatched', 1),
        event(4, 'graded', 5),
        event(5, 'dispatched', 5),
      ],
      [
        dispatch('D01', 'verify', 1),
        dispatch('D14', 'inform', 1),
        dispatch('D14', 'inform', 1),
        dispatch('D02', 'handle', 5),
      ],
    )
    expect(entries.map((entry) => entry.event.sequence)).toEqual([5, 4, 2, 1])
    expect(entries.map((entry) => entry.sentTo)).toEqual([
      [{ purpose: 'handle', departments: ['D02'] }],
      [],
      [
        { purpose: 'verify', departments: ['D01'] },
        { purpose: 'inform', departments: ['D14'] },
      ],
      [],
    ])
  })
})
