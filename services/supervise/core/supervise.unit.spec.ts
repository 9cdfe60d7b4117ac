import { describe, expect, it } from 'vitest'
import type { CaseEvent } from '../../../schemas/types.ts'
import { caseEvent, casePromise, hour, life, monday, usualLife } from '../case-events.fixture.ts'
import { boardOf, tally } from './board.ts'
import { evolve } from './history.ts'
import type { CaseHistory, Evolution } from './history.ts'
import { isDue, isKeptInTime, isOverdue, onTimeRate } from './promise.ts'
import { isOpenState, stageOf } from './stage.ts'

function fold(events: readonly CaseEvent[]): CaseHistory {
  let current: CaseHistory | undefined
  for (const event of events) {
    const result: Evolution = evolve(current, event)
    if (result.kind !== 'evolved') throw new Error(JSON.stringify(result))
    current = result.history
  }
  if (current === undefined) throw new Error('no events')
  return current
}

describe('a promise', () => {
  const due = monday + 2 * hour
  const late = due + 1
  const open = { due_at: due, kept_at: null, withdrawn_at: null }

  it.each([
    ['open before it is due', open, due - 1, { overdue: false, due: false, kept: false }],
    ['open at the moment it is due', open, due, { overdue: false, due: false, kept: false }],
    ['open right after', open, late, { overdue: true, due: true, kept: false }],
    [
      'kept early, not due yet',
      { ...open, kept_at: due - 9 },
      due,
      { overdue: false, due: false, kept: false },
    ],
    ['kept early, due now', { ...open, kept_at: due - 9 }, late, { overdue: false, due: true, kept: true }],
    ['kept at the last moment', { ...open, kept_at: due }, late, { overdue: false, due: true, kept: true }],
    ['kept too late', { ...open, kept_at: late }, late, { overdue: false, due: true, kept: false }],
    ['withdrawn in time', { ...open, withdrawn_at: due }, late, { overdue: false, due: false, kept: false }],
    [
      'withdrawn after it was missed',
      { ...open, withdrawn_at: late },
      late,
      { overdue: false, due: true, kept: false },
    ],
  ])('%s', (_, promise, now, expected) => {
    expect({
      overdue: isOverdue(promise, now),
      due: isDue(promise, now),
      kept: isKeptInTime(promise, now),
    }).toEqual(expected)
  })

  it('has no rate while nothing came due, and never divides by what was finished only', () => {
    expect([onTimeRate(0, 0), onTimeRate(3, 4)]).toEqual([null, 0.75])
  })
})

describe('the stage of a case', () => {
  it.each([
    ['detected', false, false, 'warn'],
    ['alerted', false, false, 'acknowledge'],
    ['acknowledged', false, false, 'verify'],
    ['verifying', false, false, 'verify'],
    ['verifying', true, false, 'grade'],
    ['graded', true, false, 'route'],
    ['routed', true, false, 'route'],
    ['handling', true, false, 'handle'],
    ['handling', true, true, 'feed_back'],
    ['fed_back', true, true, 'close'],
  ] as const)('%s (verified %s, measured %s) waits for %s', (state, verified, measured, stage) => {
    expect([stageOf(state, { verified, measured }), isOpenState(state)]).toEqual([stage, true])
  })

  it.each(['closed', 'follow_up', 'archived', 'merged'] as const)('%s is an end', (state) => {
    expect(isOpenState(state)).toBe(false)
  })
})

describe('a history', () => {
  it('follows the ball from department to department and notes the close', () => {
    const events = usualLife('case-1')
    const owners = events.map((_, index) => fold(events.slice(0, index + 1)).record.owner)
    expect(owners).toEqual(['', 'D01', 'D01', 'D01', 'D01', 'D01', 'D02', 'D02', 'D02', 'D02', 'D02'])
    expect(fold(events).record).toMatchObject({
      state: 'closed',
      is_open: false,
      closed_at: monday + 60 * hour,
      opened_at: monday,
    })
  })

  it('gives the ball to the department a case is dispatched to, even without a promise', () => {
    const lead = { type: 'dispatched', department: 'D01', details: { role: 'lead' } }
    const assist = { type: 'dispatched', department: 'D12', details: { role: 'assist' } }
    expect(fold(life('c', [{}, lead, assist])).record.owner).toBe('D01')
  })

  it('counts warnings, reminders and supervision, and notes them at their promise', () => {
    const about = { details: { promise_id: 'p' } }
    const { record, promises } = fold(
      life('c', [
        { promises: [casePromise({ promise_id: 'p' }), casePromise({ promise_id: 'q' })] },
        { type: 'warning_appended' },
        { type: 'warning_suppressed' },
        { type: 'reminded', ...about },
        { type: 'supervised', ...about },
        { type: 'reminded' },
      ]),
    )
    expect(record).toMatchObject({ warnings: 3, reminded: 2, supervised: 1 })
    expect(promises.map(({ reminders }) => reminders)).toEqual([2, 0])
  })

  it('marks promises that rest on an assumed calendar', () => {
    const promises = [casePromise({ promise_id: 'p' }), casePromise({ promise_id: 'q' })]
    const history = fold(life('c', [{ promises, details: { provisional: 'q' } }]))
    expect(history.promises.map(({ provisional }) => provisional)).toEqual([false, true])
  })

  it('keeps the first outcome of a promise', () => {
    const made = { promises: [casePromise({ promise_id: 'p' })] }
    const { promises } = fold(
      life('c', [
        made,
        { kept: ['p'], occurred_at: monday + 1 },
        { withdrawn: ['p'], occurred_at: monday + 2 },
      ]),
    )
    expect(promises).toMatchObject([{ kept_at: monday + 1, withdrawn_at: null }])
  })

  it('opens again when a case is taken up once more', () => {
    const { record } = fold(life('c', [{ type: 'verified' }, { state: 'closed' }, { state: 'reopened' }]))
    expect(record).toMatchObject({ is_open: true, closed_at: null, stage: 'verify', verified: false })
  })

  it.each([
    ['a missing first event', undefined, caseEvent({ sequence: 2 }), 'gap'],
    ['a missing event', fold(life('case-1', [{}])), caseEvent({ sequence: 3 }), 'gap'],
    ['a state of a newer version', undefined, caseEvent({ state: 'dissolved' }), 'unknown_state'],
    [
      'a node of a newer version',
      undefined,
      caseEvent({ promises: [casePromise({ promise_id: 'p', node: 'dance' })] }),
      'unknown_node',
    ],
    ['a promise nobody made', undefined, caseEvent({ kept: ['p'] }), 'unknown_promise'],
  ])('is broken by %s', (_, current, event, reason) => {
    expect(evolve(current, event)).toMatchObject({ kind: 'broken', reason })
  })

  it('recognises what it has folded before', () => {
    const events = usualLife('case-1')
    const whole = fold(events)
    expect(events.map((event) => evolve(whole, event).kind)).toEqual(events.map(() => 'duplicate'))
  })
})

describe('the board', () => {
  it('shows where cases lie, what is overdue and who was on time', () => {
    const histories = [
      fold(usualLife('case-1').slice(0, 5)),
      fold(usualLife('case-2')),
      fold(usualLife('case-3').slice(0, 2)),
    ]
    const board = boardOf(tally(histories, monday + 33 * hour), monday + 33 * hour)
    expect(board.totals).toEqual({
      warnings: 3,
      leads: 3,
      open: 2,
      closed: 1,
      overdue: 1,
      on_time_rate: 3 / 6,
      reminded: 0,
      supervised: 0,
    })
    expect(board.cells).toEqual([
      { department: 'D01', stage: 'acknowledge', open: 1, overdue: 1 },
      { department: 'D01', stage: 'grade', open: 1, overdue: 0 },
    ])
    expect(
      board.departments.map(({ department, due, overdue_now, on_time_rate }) => [
        department,
        due,
        overdue_now,
        on_time_rate,
      ]),
    ).toEqual([
      ['D01', 5, 1, 2 / 5],
      ['D02', 1, 0, 1],
    ])
    expect([board.by_state, board.by_card, board.by_level]).toEqual([
      { verifying: 1, closed: 1, alerted: 1 },
      { none: 2, red: 1 },
      { red: 3 },
    ])
  })

  it('has no rates before anything came due', () => {
    const board = boardOf({ asOf: 0, cases: [], promises: [] }, monday)
    expect([board.totals.on_time_rate, board.cells, board.departments]).toEqual([null, [], []])
  })
})
