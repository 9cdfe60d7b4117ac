import { describe, expect, test } from 'vitest'
import { commandTypes } from '../../../schemas/http/casework.ts'
import {
  complete,
  good,
  gridWorker,
  hour,
  milestones,
  monday,
  officer,
  prosecutor,
  Story,
  storyIn,
} from './case.fixture.ts'
import type { Milestone } from './case.fixture.ts'
import type { Actor } from './case.ts'
import type { CaseCommand } from './decide.ts'
import { actionsFor } from './next-step.ts'
import type { RefusalCode } from './refusals.ts'
import { transitions } from './transitions.ts'

const d01 = officer('D01')
const d02 = officer('D02')
const d04 = officer('D04')
const d14 = officer('D14')

describe('G4: the way of a case', () => {
  test('each step moves it on, and makes and keeps the deadlines of its node', () => {
    const story = new Story()
    expect([story.current.state, story.open]).toEqual(['alerted', ['acknowledge D01']])
    story.do(d01, 'acknowledge')
    expect([story.current.state, story.open]).toEqual(['acknowledged', ['verify D01']])
    story.do(d01, 'start_verification')
    expect([story.current.state, story.open]).toEqual(['verifying', ['verify D01']])
    story.do(gridWorker, 'acknowledge').do(gridWorker, 'record_verification')
    expect([story.current.state, story.open]).toEqual(['verifying', ['grade D01']])
    story.do(d01, 'grade')
    expect([story.current.state, story.open]).toEqual(['routed', ['acknowledge D02', 'close D02']])
    story.do(d02, 'acknowledge')
    expect([story.current.state, story.open]).toEqual([
      'handling',
      ['close D02', 'measure D02', 'feedback D02'],
    ])
    story.do(d02, 'take_measure')
    expect([story.current.state, story.open]).toEqual(['handling', ['close D02', 'feedback D02']])
    story.wait(hour).do(d02, 'feed_back')
    expect([story.current.state, story.open]).toEqual(['fed_back', ['close D02', 'feedback D02']])
    story.do(d02, 'close')
    expect([story.current.state, story.open]).toEqual(['closed', []])
    expect(story.current.closedAt).toBe(monday + hour)
  })

  test('a deadline once made keeps its time and its calendar', () => {
    const story = storyIn('acknowledged')
    const before = story.promises[0]
    story
      .wait(100 * hour)
      .do(prosecutor, 'remind')
      .do(d01, 'start_verification')
    expect(story.promises[0]).toEqual({ ...before, reminders: 1 })
  })

  test('each feedback renews the interim deadline', () => {
    const story = storyIn('fed_back').wait(3 * 24 * hour)
    const due = story.promises.find((promise) => promise.node === 'feedback')?.due_at ?? 0
    story.do(d02, 'feed_back')
    expect(story.promises.find((promise) => promise.node === 'feedback')?.due_at).toBeGreaterThan(due)
  })

  test('a further measure brings it back to handling, and it is fed back again before it closes', () => {
    const story = storyIn('fed_back').do(d02, 'take_measure')
    expect(story.current.state).toBe('handling')
    expect(story.refusal(d02, 'close')).toBe('feedback_missing')
  })

  test('T0 is triaged within one working day, and that is its acknowledgement and verification', () => {
    const story = new Story({ risk_type: 'T0' })
    expect(story.open).toEqual(['triage D01'])
    story.do(d01, 'acknowledge')
    expect(story.open).toEqual(['triage D01'])
    story.do(d01, 'record_verification')
    expect(story.open).toEqual(['grade D01'])
  })
})

describe('G4, G8: the grade card', () => {
  test.each([
    ['red', 'routed', ['handle lead D02', 'handle assist D01', 'inform assist D16']],
    ['yellow', 'routed', ['handle lead D01', 'handle assist D04', 'handle assist D11']],
    ['green', 'routed', ['handle lead D12']],
    ['cleared', 'closed', []],
  ] as const)('%s leads to %s', (card, state, sent) => {
    const story = storyIn('verified')
    const before = story.sent.length
    story.do(d01, { type: 'grade', card, reason: '核查结论' })
    expect(story.current.state).toBe(state)
    expect(story.current.card).toBe(card)
    expect(story.sent.slice(before)).toEqual(sent)
  })

  test('cleared takes the subject off the lists, withdraws what is open, and is the person’s doing', () => {
    const story = storyIn('handling').do(officer('D02', 'second'), {
      type: 'grade',
      card: 'cleared',
      reason: '不属实',
    })
    expect(story.current.state).toBe('closed')
    expect(story.open).toEqual([])
    expect(story.facts.map((fact) => [fact.type, fact.actor.user])).toEqual([
      ['graded', 'second'],
      ['closed', 'second'],
    ])
    expect(story.current.promises.filter((promise) => promise.withdrawn_at !== null)).toHaveLength(3)
  })

  test('is changed by a second person only, with a reason, and the case is sent on anew', () => {
    const story = storyIn('handling', {})
    const same = officer('D02', d01.user)
    expect(story.refusal(same, { type: 'grade', card: 'yellow', reason: '复核' })).toBe('second_person')
    expect(story.refusal(d02, { type: 'grade', card: 'yellow' })).toBe('reason_missing')
    expect(story.refusal(d02, { type: 'grade', card: 'red', reason: '复核' })).toBe('card_unchanged')
    story.do(d02, { type: 'grade', card: 'yellow', reason: '复核' })
    expect(story.current.state).toBe('routed')
    expect(story.open).toEqual(['acknowledge D01', 'close D01'])
  })

  test('is never set by the machine, whatever warnings come', () => {
    const story = new Story({ level: 'red' })
    for (let n = 0; n < 10; n += 1) story.warn({ warning_id: `w${n + 2}`, level: 'red', score: 1 })
    expect(story.current).toMatchObject({ card: 'none', state: 'alerted', closedAt: null })
  })
})

describe('a department that is not competent', () => {
  test('returns the case with a reason; the next department of the route gets it with deadlines of its own', () => {
    const story = storyIn('acknowledged').do(d01, 'return')
    expect(story.current).toMatchObject({ state: 'alerted', returns: 1 })
    expect(story.open).toEqual(['acknowledge D04'])
    expect(story.current.dispatches[0]).toMatchObject({ return_reason: '非本单位职责' })
    expect(story.refusal(d01, 'acknowledge')).toBe('no_dispatch')
  })

  test('after the second return the political and legal commission decides, and nobody returns it again', () => {
    const story = new Story().do(d01, 'return').do(d04, 'return')
    expect(story.current.returns).toBe(2)
    expect(story.open).toEqual(['acknowledge D14'])
    expect(story.facts.map((fact) => fact.type)).toEqual(['returned', 'dispatched', 'escalated'])
    expect(story.refusal(d14, 'return')).toBe('decider_cannot_return')
    story.do(d14, 'acknowledge').do(d14, 'record_verification').do(d14, 'grade')
    expect(story.refusal(d02, 'return')).toBe('returns_exhausted')
  })

  test('where the route names nobody else, the commission decides at once', () => {
    const story = storyIn('routed').do(d02, 'return')
    expect(story.current.state).toBe('routed')
    expect(story.open).toEqual(['acknowledge D14', 'close D14'])
  })

  test('that merely assists leaves the case where it is', () => {
    const story = storyIn('verifying').do(gridWorker, 'return')
    expect(story.current).toMatchObject({ state: 'verifying', returns: 0 })
    expect(story.open).toEqual(['verify D01'])
  })
})

describe('prosecutors', () => {
  test('remind and supervise without changing anything but the count of reminders', () => {
    const story = new Story().wait(200 * hour)
    const before = story.current
    story.do(prosecutor, 'remind').do(prosecutor, 'supervise')
    expect(story.current).toEqual({
      ...before,
      promises: [{ ...before.promises[0], reminders: 2 }],
      sequence: before.sequence + 2,
      lastEventAt: story.now,
    })
  })

  test('supervise only what is overdue', () => {
    expect(new Story().refusal(prosecutor, 'supervise')).toBe('not_overdue')
    expect(new Story().wait(200 * hour).refusal(prosecutor, 'supervise')).toBe('done')
  })

  test('edit nothing, in any state', () => {
    const edits = commandTypes.filter((type) => !['remind', 'supervise', 'comment'].includes(type))
    for (const state of ['alerted', 'verifying', 'verified', 'handling', 'fed_back', 'closed'] as const) {
      for (const type of edits) expect(storyIn(state).refusal(prosecutor, type)).toBe('not_permitted')
    }
  })
})

type Refusal = readonly [state: Milestone, who: Actor, what: CaseCommand, code: RefusalCode]

const past = { ...complete.verification, visited_at: monday + 1 }
const refusals: readonly Refusal[] = [
  ['alerted', d02, good.acknowledge, 'no_dispatch'],
  ['alerted', d01, good.start_verification, 'lead_not_acknowledged'],
  ['alerted', d01, good.grade, 'lead_not_acknowledged'],
  ['alerted', d01, { type: 'return', reason: '  ' }, 'reason_missing'],
  ['alerted', d01, good.take_measure, 'not_graded'],
  ['acknowledged', d01, good.acknowledge, 'already_acknowledged'],
  ['acknowledged', d01, good.grade, 'not_started'],
  ['acknowledged', gridWorker, good.record_verification, 'not_acknowledged'],
  ['acknowledged', d01, { type: 'record_verification' }, 'verification_incomplete'],
  [
    'acknowledged',
    d01,
    { type: 'record_verification', verification: { ...complete.verification, place: ' ' } },
    'verification_incomplete',
  ],
  [
    'acknowledged',
    d01,
    { type: 'record_verification', verification: { ...complete.verification, people: [' '] } },
    'verification_incomplete',
  ],
  ['acknowledged', d01, { type: 'record_verification', verification: past }, 'visited_in_future'],
  ['verifying', d01, good.start_verification, 'already_started'],
  ['verifying', d01, good.grade, 'verification_missing'],
  ['verified', d01, { type: 'grade', reason: 'x' }, 'card_missing'],
  ['verified', d01, { type: 'grade', card: 'red' }, 'reason_missing'],
  ['verified', gridWorker, good.grade, 'not_permitted'],
  ['verified', d04, good.grade, 'lead_only'],
  ['verified', d01, good.close, 'not_graded'],
  ['routed', d02, good.take_measure, 'handling_not_acknowledged'],
  ['routed', d01, good.record_verification, 'already_graded'],
  ['handling', d02, { type: 'take_measure', measure: { kind: 'x', legal_basis: ' ' } }, 'measure_incomplete'],
  ['handling', d02, { type: 'feed_back' }, 'result_missing'],
  ['handling', d02, good.close, 'feedback_missing'],
  ['handling', d01, good.feed_back, 'lead_only'],
  ['handling', d01, good.take_measure, 'not_acknowledged'],
  ['handling', d04, good.take_measure, 'no_dispatch'],
  ['fed_back', d02, { type: 'close' }, 'result_missing'],
  ['fed_back', d02, { type: 'close', result: { ...complete.result, paper: ' ' } }, 'paper_missing'],
  ['fed_back', d02, good.return, 'measure_taken'],
  ['closed', d02, good.feed_back, 'closed'],
  ['closed', prosecutor, good.remind, 'closed'],
  ['alerted', prosecutor, { type: 'remind' }, 'reason_missing'],
  ['alerted', prosecutor, { type: 'remind', reason: 'x', promise_id: 'C1-p9' }, 'promise_unknown'],
  ['acknowledged', prosecutor, { type: 'remind', reason: 'x', promise_id: 'C1-p1' }, 'promise_settled'],
  ['alerted', prosecutor, { type: 'comment', text: ' ' }, 'text_missing'],
  ['alerted', { user: 'r', role: 'regulator', department: 'D06' }, good.comment, 'not_permitted'],
]

test.each(refusals)('in %s, %o giving %o is refused', (state, who, what, code) => {
  expect(storyIn(state).refusal(who, what)).toBe(code)
})

test('no close without a measure', () => {
  const story = storyIn('handling').do(d02, 'feed_back')
  expect(story.refusal(d02, 'close')).toBe('measure_missing')
  expect(story.do(d02, 'take_measure').do(d02, 'feed_back').refusal(d02, 'close')).toBe('done')
})

const people = [d01, d02, d04, gridWorker, prosecutor, officer('D02', 'second')]
const cards = ['red', 'yellow', 'green', 'cleared'] as const

test('what the case page offers is exactly what is carried out, and says why not in both languages', () => {
  for (const state of milestones) {
    for (const who of people) {
      const story = storyIn(state).wait(1000 * hour)
      for (const { type, enabled, reason } of actionsFor(story.current, who, story.now)) {
        const offered = type === 'grade' ? { ...good.grade, card: 'yellow' as const } : good[type]
        const about = [state, who.user, type]
        expect([...about, story.refusal(who, offered) === 'done']).toEqual([...about, enabled])
        expect(enabled).toBe(reason.zh === '' && reason.en === '')
      }
    }
  }
})

test('every move of the table happens, and none that it does not have', () => {
  const seen = new Set<string>()
  for (const state of milestones) {
    for (const who of people) {
      for (const command of [...Object.values(good), ...cards.map((card) => ({ ...good.grade, card }))]) {
        const story = storyIn(state).wait(3000 * hour)
        const before = story.current.state
        if (story.refusal(who, command) !== 'done') continue
        const after = story.do(who, command).current.state
        seen.add(`${before} ${command.type} ${after}`)
      }
    }
  }
  const moves = Object.entries(transitions).flatMap(([state, row]) =>
    commandTypes.flatMap((type) => {
      const cell = row[type]
      return 'to' in cell ? cell.to.map((next) => `${state} ${type} ${next}`) : []
    }),
  )
  expect(moves.filter((move) => !seen.has(move))).toEqual([])
  // What an assisting department answers leaves the case where it is.
  const stays = (move: string): boolean => move.split(' ')[0] === move.split(' ')[2]
  expect([...seen].filter((move) => !moves.includes(move) && !stays(move))).toEqual([])
})
