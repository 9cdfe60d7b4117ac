import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checked } from '../../../test/support/seed.ts'
import { caseStates } from '../../../schemas/http/common.ts'
import { commandTypes } from '../../../schemas/http/casework.ts'
import type { CommandType } from '../../../schemas/http/casework.ts'
import { good, gridWorker, hour, officer, prosecutor, Story } from './case.fixture.ts'
import { isHigher, isOpenTask, levels } from './case.ts'
import type { Actor, Case } from './case.ts'
import { evolve } from './evolve.ts'
import { ownerOf } from './guard.ts'
import { nextStepOf } from './next-step.ts'
import { passingStates, reservedStates } from './transitions.ts'

type Event =
  | { readonly what: 'wait'; readonly hours: number }
  | { readonly what: 'warn'; readonly level: (typeof levels)[number]; readonly family: string }
  | {
      readonly what: 'give'
      readonly type: CommandType
      readonly who: 'owner' | 'second' | number
      readonly card: string
    }

const others: readonly Actor[] = [
  gridWorker,
  prosecutor,
  officer('D01', 'one'),
  officer('D04'),
  officer('D11'),
  officer('D14'),
  { user: 'auditor', role: 'auditor', department: 'D16' },
]

const events: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('wait' as const), hours: fc.integer({ min: 0, max: 800 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('warn' as const),
      level: fc.constantFrom(...levels),
      family: fc.constantFrom('crowd', 'size', 'shape'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant('give' as const),
      type: fc.constantFrom(...commandTypes),
      who: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom('owner' as const, 'second' as const) },
        { weight: 1, arbitrary: fc.nat({ max: others.length - 1 }) },
      ),
      card: fc.constantFrom('red', 'yellow', 'green', 'cleared'),
    }),
  },
)

const riskTypes = fc.constantFrom('T0', 'T1', 'T3', 'T4', 'T12', 'T13', 'T99')

function actorOf(story: Story, who: 'owner' | 'second' | number): Actor {
  const owner = ownerOf(story.current)
  if (who === 'owner') return officer(owner)
  if (who === 'second') return officer(owner, `second-${story.current.sequence}`)
  return others[who] ?? prosecutor
}

function tell(story: Story, event: Event): void {
  switch (event.what) {
    case 'wait':
      story.wait(event.hours * hour)
      return
    case 'warn':
      // What a later lead does is another story.
      if (story.current.closedAt !== null) return
      story.warn({ warning_id: `w${story.current.sequence}`, level: event.level, family: event.family })
      return
    case 'give': {
      const who = actorOf(story, event.who)
      const command = event.type === 'grade' ? { ...good.grade, card: event.card as 'red' } : good[event.type]
      if (story.refusal(who, command) === 'done') story.do(who, command)
    }
  }
}

/** What must hold of a case at any time; numbers as in docs/spec/case.md. */
function invariants(current: Case): void {
  const tasks = current.dispatches.filter(isOpenTask)
  const leads = tasks.filter((dispatch) => dispatch.role === 'lead')
  const open = current.promises.filter((promise) => promise.kept_at === null && promise.withdrawn_at === null)
  const resting: readonly string[] = caseStates.filter(
    (state) => !([...passingStates, ...reservedStates] as readonly string[]).includes(state),
  )
  expect(resting).toContain(current.state)
  if (current.closedAt === null) {
    // C1: an open case is always somebody's, with a deadline and something to do. Nothing dies silently.
    expect(leads).toHaveLength(1)
    expect(open.length).toBeGreaterThan(0)
    expect(tasks.some((dispatch) => nextStepOf(current, dispatch) !== undefined)).toBe(true)
  } else {
    // C2: a closed case keeps nobody waiting.
    expect(current.state).toBe('closed')
    expect([...tasks, ...open]).toEqual([])
  }
  // C3: whoever has a deadline has an open dispatch.
  for (const promise of open) expect(tasks.map((one) => one.dispatch_id)).toContain(promise.dispatch_id)
  // C4: a promise is kept or withdrawn, never both.
  expect(current.promises.some((one) => one.kept_at !== null && one.withdrawn_at !== null)).toBe(false)
  // C5: no card without a verification, no handled close without a measure.
  if (current.card !== 'none') expect(current.verifications).toBeGreaterThan(0)
  if (current.state === 'closed' && current.card !== 'cleared') expect(current.measures).toBeGreaterThan(0)
  // C6
  expect(current.returns).toBeLessThanOrEqual(2)
}

/** What may not change from one state of a case to a later one. */
function histories(story: Story): void {
  let before: Case | undefined
  for (const { fact, after } of story.steps) {
    // C7: facts alone make the case, one by one.
    expect(evolve(before, fact)).toEqual(after)
    expect(after.sequence).toBe((before?.sequence ?? 0) + 1)
    // C8: people decide. The machine neither grades nor closes, and prosecutors do neither.
    if (fact.type === 'graded' || fact.type === 'closed') expect(fact.actor.role).toBe('officer')
    if (before !== undefined) {
      expect(isHigher(before.level, after.level)).toBe(false)
      if (fact.type !== 'graded') expect(after.card).toBe(before.card)
      // C9: deadlines are frozen.
      for (const promise of before.promises) {
        const later = after.promises.find((one) => one.promise_id === promise.promise_id)
        expect(later).toMatchObject({
          due_at: promise.due_at,
          made_at: promise.made_at,
          basis: promise.basis,
          calendar_version: promise.calendar_version,
          ...(promise.kept_at === null ? {} : { kept_at: promise.kept_at }),
          ...(promise.withdrawn_at === null ? {} : { withdrawn_at: promise.withdrawn_at }),
        })
      }
    }
    before = after
  }
}

test('whatever people and warnings do, every invariant holds after every decision', () =>
  checked(
    fc.property(
      riskTypes,
      fc.constantFrom(...levels),
      fc.array(events, { maxLength: 60 }),
      (type, level, told) => {
        const story = new Story({ risk_type: type, level })
        invariants(story.current)
        for (const event of told) {
          tell(story, event)
          invariants(story.current)
        }
        histories(story)
      },
    ),
    300,
  ))

/** A department with the ball, as simple as can be: what it may do, and what that does. */
interface Model {
  phase: 'verify' | 'handle' | 'closed'
  acknowledged: boolean
  started: boolean
  verified: boolean
  measured: boolean
  reported: boolean
  returns: number
  decided: boolean
}

const rules: Readonly<Record<CommandType, (model: Model) => boolean>> = {
  acknowledge: (m) => m.phase !== 'closed' && !m.acknowledged,
  return: (m) => m.phase !== 'closed' && !m.reported && !m.decided && m.returns < 2 && !m.measured,
  start_verification: (m) => m.phase === 'verify' && m.acknowledged && !m.started,
  record_verification: (m) => m.phase === 'verify' && m.acknowledged,
  grade: (m) =>
    m.phase === 'verify' ? m.acknowledged && m.started && m.verified : m.phase === 'handle' && m.acknowledged,
  take_measure: (m) => m.phase === 'handle' && m.acknowledged,
  feed_back: (m) => m.phase === 'handle' && m.acknowledged,
  close: (m) => m.phase === 'handle' && m.reported && m.measured,
  remind: () => false,
  supervise: () => false,
  comment: () => true,
}

function change(model: Model, type: CommandType, card: string, owner: string): void {
  const afresh = { acknowledged: false, started: false, reported: false }
  switch (type) {
    case 'acknowledge':
      model.acknowledged = true
      return
    case 'return':
      Object.assign(model, afresh, { returns: model.returns + 1, decided: owner === 'D14' })
      return
    case 'start_verification':
      model.started = true
      return
    case 'record_verification':
      Object.assign(model, { started: true, verified: true })
      return
    case 'grade':
      Object.assign(model, afresh, { phase: card === 'cleared' ? 'closed' : 'handle', decided: false })
      return
    case 'take_measure':
      Object.assign(model, { measured: true, reported: false })
      return
    case 'feed_back':
      model.reported = true
      return
    case 'close':
      model.phase = 'closed'
      return
    default:
  }
}

test('the department with the ball may do what a tiny model says, and nothing else', () =>
  checked(
    fc.property(
      fc.array(
        fc.tuple(fc.constantFrom(...commandTypes), fc.constantFrom('red', 'yellow', 'green', 'cleared')),
        {
          maxLength: 80,
        },
      ),
      (given) => {
        const story = new Story()
        const model: Model = {
          phase: 'verify',
          acknowledged: false,
          started: false,
          verified: false,
          measured: false,
          reported: false,
          returns: 0,
          decided: false,
        }
        for (const [type, card] of given) {
          const owner = ownerOf(story.current)
          // After the close nobody has the ball; a department that once had it still comments.
          const who = officer(owner === '' ? 'D01' : owner, `officer-${story.current.sequence}`)
          if (type === 'grade' && card === story.current.card) continue
          const command = type === 'grade' ? { ...good.grade, card: card as 'red' } : good[type]
          const isDone = story.refusal(who, command) === 'done'
          expect([type, story.current.state, isDone]).toEqual([type, story.current.state, rules[type](model)])
          if (!isDone) continue
          story.do(who, command)
          change(model, type, card, ownerOf(story.current))
        }
      },
    ),
    300,
  ))
