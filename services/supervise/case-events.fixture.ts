/** Case events for tests: a builder with sane defaults, and random lives of several cases. */
import fc from 'fast-check'
import { caseStates, promiseNodes } from '../../schemas/http/common.ts'
import type { CaseEvent, CasePromise } from '../../schemas/types.ts'

/** Monday 2 March 2026, 09:00 in Shanghai. */
export const monday = Date.UTC(2026, 2, 2, 1)
export const hour = 3_600_000

/** One event; name what matters. */
export function caseEvent(given: Partial<CaseEvent> = {}): CaseEvent {
  const caseId = given.case_id ?? 'case-1'
  const sequence = given.sequence ?? 1
  return {
    event_id: `${caseId}-${sequence}`,
    case_id: caseId,
    sequence,
    type: sequence === 1 ? 'lead_opened' : 'commented',
    occurred_at: monday,
    actor: 'system',
    actor_role: 'system',
    actor_department: '',
    state: 'alerted',
    subject_id: 'subject-1',
    risk_type: 'T1',
    level: 'red',
    card: 'none',
    region: '331004',
    dispatch_id: '',
    department: '',
    promises: [],
    kept: [],
    withdrawn: [],
    reason: '',
    details: {},
    ...given,
  }
}

/** A promise; name what matters. */
export function casePromise(given: Partial<CasePromise> & Pick<CasePromise, 'promise_id'>): CasePromise {
  return {
    node: 'acknowledge',
    department: 'D01',
    dispatch_id: 'case-1-d1',
    made_at: monday,
    due_at: monday + 2 * hour,
    calendar_version: 'test',
    basis: 'domain 4.3 acknowledge/red = 2 h',
    ...given,
  }
}

/** Sequence numbers and case id put on, in order. */
export function life(caseId: string, events: readonly Partial<CaseEvent>[]): CaseEvent[] {
  return events.map((event, index) => caseEvent({ case_id: caseId, sequence: index + 1, ...event }))
}

/** The usual beginning and end of a case that D01 verifies and D02 handles; everything is on time but the verification. */
export function usualLife(caseId: string): CaseEvent[] {
  const id = (number: number): string => `${caseId}-p${number}`
  const at = (hours: number): number => monday + hours * hour
  return life(caseId, [
    { type: 'lead_opened', state: 'detected' },
    {
      type: 'dispatched',
      department: 'D01',
      details: { role: 'lead', purpose: 'verify' },
      promises: [casePromise({ promise_id: id(1), due_at: at(2) })],
    },
    {
      type: 'acknowledged',
      state: 'acknowledged',
      occurred_at: at(1),
      kept: [id(1)],
      promises: [casePromise({ promise_id: id(2), node: 'verify', made_at: at(1), due_at: at(25) })],
    },
    { type: 'verification_started', state: 'verifying', occurred_at: at(3) },
    {
      type: 'verified',
      state: 'verifying',
      occurred_at: at(26),
      kept: [id(2)],
      promises: [casePromise({ promise_id: id(3), node: 'grade', made_at: at(26), due_at: at(50) })],
    },
    { type: 'graded', state: 'graded', card: 'red', occurred_at: at(30), kept: [id(3)] },
    {
      type: 'dispatched',
      state: 'routed',
      card: 'red',
      occurred_at: at(30),
      department: 'D02',
      details: { role: 'lead', purpose: 'handle' },
      promises: [
        casePromise({ promise_id: id(4), department: 'D02', made_at: at(30), due_at: at(32) }),
        casePromise({
          promise_id: id(5),
          department: 'D02',
          node: 'close',
          made_at: at(30),
          due_at: at(700),
        }),
      ],
    },
    { type: 'acknowledged', state: 'handling', card: 'red', occurred_at: at(31), kept: [id(4)] },
    { type: 'measure_taken', state: 'handling', card: 'red', occurred_at: at(40) },
    { type: 'fed_back', state: 'fed_back', card: 'red', occurred_at: at(50) },
    { type: 'closed', state: 'closed', card: 'red', occurred_at: at(60), kept: [id(5)] },
  ])
}

const departments = ['D01', 'D02', 'D12']

/** One step of a random life: what it makes, and which of the open promises it settles, by their place. */
const step = fc.record({
  type: fc.constantFrom(
    'warning_appended',
    'dispatched',
    'verified',
    'measure_taken',
    'reminded',
    'supervised',
    'commented',
    'closed',
  ),
  state: fc.constantFrom(...caseStates),
  level: fc.constantFrom('blue' as const, 'yellow' as const, 'orange' as const, 'red' as const),
  card: fc.constantFrom('none' as const, 'red' as const, 'cleared' as const),
  department: fc.constantFrom(...departments),
  isLead: fc.boolean(),
  after: fc.integer({ min: 0, max: 5 }),
  promises: fc.array(
    fc.record({
      node: fc.constantFrom(...promiseNodes),
      department: fc.constantFrom(...departments),
      due: fc.integer({ min: 0, max: 12 }),
      provisional: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
  kept: fc.array(fc.nat({ max: 5 }), { maxLength: 2 }),
  withdrawn: fc.array(fc.nat({ max: 5 }), { maxLength: 1 }),
  about: fc.nat({ max: 5 }),
})

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function pick(ids: readonly string[], places: readonly number[]): string[] {
  return [...new Set(places.flatMap((place) => ids[place] ?? []))]
}

function eventsOf(caseId: string, riskType: string, region: string, steps: readonly Step[]): CaseEvent[] {
  let made = 0
  let open: string[] = []
  let known: string[] = []
  let now = monday
  return steps.map((one, index) => {
    now += one.after * hour
    const promises = one.promises.map((promise) =>
      casePromise({
        promise_id: `${caseId}-p${(made += 1)}`,
        node: promise.node,
        department: promise.department,
        made_at: now,
        due_at: now + promise.due * hour,
      }),
    )
    const kept = pick(open, one.kept)
    const withdrawn = pick(open, one.withdrawn).filter((id) => !kept.includes(id))
    known = [...known, ...promises.map((promise) => promise.promise_id)]
    open = [...open, ...promises.map((promise) => promise.promise_id)].filter(
      (id) => !kept.includes(id) && !withdrawn.includes(id),
    )
    const provisional = promises.filter((_, place) => one.promises[place]?.provisional === true)
    const details: Record<string, string> = {
      ...(one.isLead ? { role: 'lead' } : {}),
      ...(known[one.about] === undefined ? {} : { promise_id: known[one.about] ?? '' }),
      ...(provisional.length > 0
        ? { provisional: provisional.map((promise) => promise.promise_id).join(',') }
        : {}),
    }
    return caseEvent({
      case_id: caseId,
      sequence: index + 1,
      occurred_at: now,
      ...(index === 0 ? {} : { type: one.type }),
      state: one.state,
      level: one.level,
      card: one.card,
      department: one.department,
      risk_type: riskType,
      region,
      promises,
      kept,
      withdrawn,
      details,
    })
  })
}

/** Random lives of up to five cases, as a list of events in which those of one case keep their order. */
export const caseLives: fc.Arbitrary<CaseEvent[]> = fc
  .array(
    fc.record({
      riskType: fc.constantFrom('T1', 'T4'),
      region: fc.constantFrom('331000', '331004'),
      steps: fc.array(step, { minLength: 1, maxLength: 12 }),
    }),
    { maxLength: 5 },
  )
  .chain((cases) => {
    const lives = cases.map(({ riskType, region, steps }, index) =>
      eventsOf(`case-${index}`, riskType, region, steps),
    )
    const turns = lives.flatMap((events, index) => events.map(() => index))
    return fc.shuffledSubarray(turns, { minLength: turns.length }).map((order) => {
      const rest = lives.map((events) => [...events])
      return order.flatMap((index) => rest[index]?.shift() ?? [])
    })
  })
