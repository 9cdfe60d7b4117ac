import { Check } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { Command } from '../../schemas/http/casework.ts'
import { departments, riskTypes } from '../../schemas/reference.ts'
import { crewAgenda, crewStep, defaultCrewPlan } from '../../services/cli/demo/crew/crew.ts'
import type { CrewCase, CrewInput } from '../../services/cli/demo/crew/crew.ts'
import type { CommandType, Task } from '../../schemas/http/casework.ts'
import { dispatchOf, leadOf, promiseOf, taskOf, urgedOf } from './toy-cases.ts'

const hourMs = 3_600_000
const farFuture = 400 * 24 * hourMs

const facts: CrewCase = {
  sequence: 7,
  promises: [promiseOf()],
  dispatches: [dispatchOf()],
  events: [],
  warnings: [],
}

function inputOf(task: Task, changes: Partial<CrewInput> = {}): CrewInput {
  return { seed: 1, now: farFuture, tasks: [task], caseInfo: () => facts, ...changes }
}

/** The first command for a task, given all the time in the world. */
function commandFor(task: Task, changes: Partial<CrewInput> = {}): Command | undefined {
  return crewStep(inputOf(task, { drain: true, ...changes }))[0]?.command
}

const evidence = (
  direction: 'in' | 'out',
  amount: number,
  currency = 'CNY',
  txn_id = `${direction}${amount}`,
) => ({
  txn_id,
  event_time: 0,
  direction,
  amount,
  currency,
  counterparty_id: 'c',
  counterparty_kind: 'person',
  channel: 'transfer',
})

describe('the crew', () => {
  it.each([
    ['acknowledge', 'acknowledge', 'none'],
    ['start_verification', 'verify', 'none'],
    ['record_verification', 'verify', 'none'],
    ['grade', 'grade', 'none'],
    ['take_measure', 'measure', 'red'],
    ['feed_back', 'feedback', 'yellow'],
    ['close', 'close', 'green'],
  ] as const)('answers a task that expects %s with a command that the API accepts', (next, node, card) => {
    const command = commandFor(taskOf({ next, node, lead: leadOf({ card }) }))
    expect(command).toMatchObject({ type: next, dispatch_id: 'dispatch-1', expected_sequence: 7 })
    expect(Check(Command, command)).toBe(true)
  })

  it.each(['remind', 'supervise', 'comment', 'return'] as const)(
    'does not answer a task that expects %s',
    (next) => {
      expect(commandFor(taskOf({ next }))).toBeUndefined()
    },
  )

  it('gives the same command again for the same state, and another id once the case has moved on', () => {
    const first = commandFor(taskOf())
    expect(commandFor(taskOf())).toEqual(first)
    const moved = commandFor(taskOf(), { caseInfo: () => ({ ...facts, sequence: 8 }) })
    expect(moved?.command_id).not.toBe(first?.command_id)
    expect(commandFor(taskOf(), { seed: 2 })?.command_id).not.toBe(first?.command_id)
  })

  it('gives one command per case and step, because each moves the sequence', () => {
    const tasks = ['dispatch-1', 'dispatch-2'].map((dispatch_id) => taskOf({ dispatch_id }))
    const other = taskOf({ lead: leadOf({ case_id: 'case-2' }) })
    const commands = crewStep(inputOf(other, { tasks: [...tasks, other], drain: true }))
    expect(commands.map(({ case_id }) => case_id).toSorted()).toEqual(['case-1', 'case-2'])
  })

  it('acts for the department the dispatch was sent to, whoever has the ball', () => {
    const assist = { ...facts, dispatches: [dispatchOf({ department: 'D12', role: 'assist' })] }
    const [done] = crewStep(inputOf(taskOf(), { caseInfo: () => assist, drain: true }))
    expect(done?.by).toEqual({ user: 'crew-d12', role: 'officer', department: 'D12' })
  })

  it('waits when it does not know the case', () => {
    expect(crewStep(inputOf(taskOf(), { caseInfo: () => undefined }))).toEqual([])
    expect(crewAgenda(inputOf(taskOf(), { caseInfo: () => undefined }))).toHaveLength(1)
  })

  it('has a word for every department, risk type and card', () => {
    for (const { code } of departments) {
      for (const riskType of riskTypes) {
        for (const card of ['red', 'yellow', 'green'] as const) {
          const lead = leadOf({ owner: code, risk_type: riskType.code, card })
          const command = commandFor(taskOf({ next: 'close', node: 'close', lead }))
          expect(command?.result?.paper).toMatch(/^台路.+〔演示\d{4}〕\d+号$/)
        }
      }
    }
  })
})

describe('what the crew decides', () => {
  const many = Array.from({ length: 2_000 }, (_, index) => `case-${index}`)
  const cards = (changes: Parameters<typeof leadOf>[0]): Record<string, number> => {
    const count: Record<string, number> = { red: 0, yellow: 0, green: 0, cleared: 0 }
    for (const case_id of many) {
      const task = taskOf({ next: 'grade', node: 'grade', lead: leadOf({ ...changes, case_id }) })
      const card = commandFor(task)?.card ?? 'none'
      count[card] = (count[card] ?? 0) + 1 / many.length
    }
    return count
  }

  it.each([
    [
      'many payers who are paid back',
      { level: 'red', rule_ids: ['R12', 'R13'], risk_type: 'T1' },
      'red',
      0.8,
    ],
    ['many payers alone', { level: 'yellow', rule_ids: ['R12'], risk_type: 'T1' }, 'cleared', 0.5],
    ['a million once', { level: 'orange', rule_ids: ['R01'], risk_type: 'T0' }, 'cleared', 0.45],
    ['a large day', { level: 'blue', rule_ids: ['R03'], risk_type: 'T0' }, 'cleared', 0.6],
    ['amounts below the line', { level: 'yellow', rule_ids: ['R06'], risk_type: 'T4' }, 'yellow', 0.45],
  ] as const)('for %s mostly comes to the right card', (_, lead, card, share) => {
    const count = cards({ ...lead, rule_ids: [...lead.rule_ids] })
    expect(count[card]).toBeGreaterThan(share)
    expect(count[card]).toBe(Math.max(...Object.values(count)))
  })

  it('finds on site what the grade will say', () => {
    for (const case_id of many.slice(0, 50)) {
      const lead = leadOf({ case_id, level: 'red' })
      const found = commandFor(taskOf({ next: 'record_verification', node: 'verify', lead }))?.verification
        ?.findings
      const card = commandFor(taskOf({ next: 'grade', node: 'grade', lead }))?.card
      expect(found?.includes('凭证齐全') === true && card === 'red').toBe(false)
    }
  })

  it('names two people and a visit that neither lies ahead nor before the case', () => {
    const lead = leadOf({ opened_at: farFuture - 10 * 60_000 })
    const visit = commandFor(taskOf({ next: 'record_verification', node: 'verify', lead }))?.verification
    expect(new Set(visit?.people).size).toBe(2)
    expect(visit?.visited_at).toBeGreaterThanOrEqual(lead.opened_at)
    expect(visit?.visited_at).toBeLessThanOrEqual(farFuture)
  })

  it('takes amounts from the evidence once, and recovers no more than was there', () => {
    const warning = {
      warning_id: 'w',
      level: 'red' as const,
      score: 1,
      event_time: 0,
      received_at: 0,
      explanation: { zh: '', en: '' },
      rules: [],
      evidence: [
        evidence('in', 100_000),
        evidence('in', 100_000),
        evidence('out', 70_000),
        evidence('in', 9, 'USD'),
      ],
      rule_set: 'default v1',
    }
    const known = { ...facts, warnings: [warning, warning] }
    for (const card of ['red', 'yellow', 'green'] as const) {
      const task = (next: CommandType): Task => taskOf({ next, node: 'close', lead: leadOf({ card }) })
      const result = commandFor(task('close'), { caseInfo: () => known })?.result
      expect(result?.amount_involved).toBe(100_000)
      expect((result?.amount_frozen ?? 0) + (result?.amount_recovered ?? 0)).toBeLessThanOrEqual(100_000)
      expect(commandFor(task('feed_back'), { caseInfo: () => known })?.result).toMatchObject({
        amount_involved: 100_000,
        amount_frozen: result?.amount_frozen,
        amount_recovered: result?.amount_recovered,
      })
    }
  })
})

describe('when the crew acts', () => {
  const cases = Array.from({ length: 3_000 }, (_, index) => `case-${index}`)
  const agenda = (changes: Partial<Task>, plan = defaultCrewPlan, known = facts): number[] =>
    cases.map((case_id) => {
      const task = taskOf({ ...changes, lead: leadOf({ case_id, ...changes.lead }) })
      const shares = { ...plan, returned: 0, reminded: 0, supervised: 0 }
      const [first] = crewAgenda(inputOf(task, { plan: shares, caseInfo: () => known }))
      return first?.at ?? Number.NaN
    })

  it('is mostly in time, seldom just late and seldom very late', () => {
    const late = agenda({}).map((at) => at - 24 * hourMs)
    const justLate = late.filter((by) => by > 0 && by <= 8 * hourMs).length / late.length
    const veryLate = late.filter((by) => by > 8 * hourMs).length / late.length
    expect(justLate).toBeGreaterThan(0.03)
    expect(justLate).toBeLessThan(0.07)
    expect(veryLate).toBeGreaterThan(0.03)
    expect(veryLate).toBeLessThan(0.09)
    expect(Math.max(...late)).toBeLessThanOrEqual(10 * 24 * hourMs)
  })

  it('is never before the task was given', () => {
    for (const at of agenda({})) expect(at).toBeGreaterThanOrEqual(0)
  })

  it('halves a delay with every reminder of that very deadline', () => {
    const due = 24 * hourMs
    const delays = (events: CrewCase['events']): number[] => agenda({}, defaultCrewPlan, { ...facts, events })
    const before = delays([])
    const after = delays([urgedOf('reminded')])
    expect(delays([urgedOf('reminded', 'promise-0')])).toEqual(before)
    for (const [index, at] of before.entries()) {
      expect(after[index]).toBeCloseTo(at > due ? due + (at - due) / 2 : at, 3)
    }
  })

  it('does not let an officer work at night without need', () => {
    const shanghaiHour = (at: number): number => ((at + 8 * hourMs) / hourMs) % 24
    const long = { due_at: 240 * hourMs, node: 'verify', next: 'record_verification' as const }
    for (const at of agenda(long, { ...defaultCrewPlan, justLate: 0, veryLate: 0 })) {
      expect(shanghaiHour(at)).toBeGreaterThanOrEqual(8)
      expect(shanghaiHour(at)).toBeLessThanOrEqual(18)
    }
  })

  it('does everything at once when the desks are cleared', () => {
    const input = inputOf(taskOf({ due_at: farFuture * 2 }), { now: 0, drain: true })
    expect(crewStep(input)).toHaveLength(1)
    expect(crewStep({ ...input, drain: false })).toEqual([])
  })
})

describe('returning', () => {
  const plan = { ...defaultCrewPlan, returned: 1, justLate: 0, veryLate: 0 }

  it('is with a reason, by the lead department, before it acknowledged', () => {
    const command = crewStep(inputOf(taskOf(), { plan }))[0]?.command
    expect(command?.type).toBe('return')
    expect(command?.reason).not.toBe('')
  })

  it.each([
    ['an assisting department', [dispatchOf({ role: 'assist' })]],
    ['the commission that decides', [dispatchOf({ department: 'D14' })]],
    ['a second department', [dispatchOf({ dispatch_id: 'dispatch-0', returned_at: 1 }), dispatchOf()]],
  ])('is not for %s', (_, dispatches) => {
    const command = crewStep(inputOf(taskOf(), { plan, caseInfo: () => ({ ...facts, dispatches }) }))[0]
      ?.command
    expect(command?.type).toBe('acknowledge')
  })
})

describe('the prosecutor', () => {
  const plan = { justLate: 0, veryLate: 1, returned: 0, reminded: 1, supervised: 1 }
  const after = (hours: number, changes: Partial<Task> = {}, known = facts) =>
    crewStep(inputOf(taskOf(changes), { plan, now: (24 + hours) * hourMs, caseInfo: () => known }))[0]

  it('leaves alone what is not overdue', () => {
    expect(after(-1)).toBeUndefined()
  })

  it('reminds of an overdue promise within the day', () => {
    const given = after(9)
    expect(given?.by).toEqual({ user: 'crew-d16', role: 'prosecutor', department: 'D16' })
    expect(given?.command).toMatchObject({ type: 'remind', promise_id: 'promise-1' })
    expect(given?.command.reason).not.toBe('')
  })

  it('supervises what is still overdue a day after a reminder, once', () => {
    const slow = {
      ...facts,
      promises: [promiseOf({ made_at: -2_000 * hourMs })],
      events: [urgedOf('reminded')],
    }
    expect(after(23, {}, slow)).toBeUndefined()
    expect(after(49, {}, slow)?.command.type).toBe('supervise')
    const supervised = { ...slow, events: [...slow.events, urgedOf('supervised')] }
    expect(after(49, {}, supervised)).toBeUndefined()
  })

  it('does not speak of a promise that was kept', () => {
    const kept = { ...facts, promises: [promiseOf({ kept_at: 1 })] }
    expect(after(9, {}, kept)?.command.type).not.toBe('remind')
  })
})

describe('a long handling', () => {
  it('is fed back again before it is closed', () => {
    const task = taskOf({ next: 'close', node: 'close', due_at: 720 * hourMs, lead: leadOf({ card: 'red' }) })
    const promises = [
      promiseOf({ promise_id: 'p-close', node: 'close', due_at: 720 * hourMs }),
      promiseOf({ promise_id: 'p-feedback', node: 'feedback', due_at: 72 * hourMs }),
    ]
    const plan = { ...defaultCrewPlan, justLate: 0, veryLate: 0 }
    const agenda = crewAgenda(inputOf(task, { plan, caseInfo: () => ({ ...facts, promises }) }))
    expect(agenda.map(({ type }) => type)).toEqual(['feed_back', 'close'])
    expect(agenda[0]?.at).toBeLessThanOrEqual(72 * hourMs)
  })
})
