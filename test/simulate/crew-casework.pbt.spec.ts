/** The crew at the real desks: the casework's own decisions, without its database. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CaseEventView, Task } from '../../schemas/http/casework.ts'
import { riskTypes } from '../../schemas/reference.ts'
import type { Warning } from '../../schemas/types.ts'
import { system } from '../../services/casework/core/case.ts'
import type { Case } from '../../services/casework/core/case.ts'
import { decide } from '../../services/casework/core/decide.ts'
import type { Step } from '../../services/casework/core/draft.ts'
import { receiveWarning } from '../../services/casework/core/lead.ts'
import { nextStepOf } from '../../services/casework/core/next-step.ts'
import { isRefused } from '../../services/casework/core/refusals.ts'
import { toCaseEvent } from '../../services/casework/core/wire.ts'
import { dispatchViews, eventView, leadSummary, promiseViews } from '../../services/casework/shell/views.ts'
import { crewAgenda, crewStep } from '../../services/cli/demo/crew/crew.ts'
import type { CrewCase, CrewCommand, CrewPlan } from '../../services/cli/demo/crew/crew.ts'
import { chinaCalendar } from '../../services/platform/calendar/china.ts'
import { defaultSimulation } from '../../services/simulate/app.ts'
import { checked } from '../support/seed.ts'

const calendar = chinaCalendar
const dayMs = 86_400_000

/** Cases as casework decides over them, kept in memory. */
class Desks {
  readonly cases = new Map<string, Case>()
  readonly events = new Map<string, CaseEventView[]>()
  readonly done: CrewCommand[] = []
  readonly refused: string[] = []

  open(warning: Warning): void {
    const caseId = `case-${this.cases.size}`
    const context = { now: warning.event_time, calendar, actor: system }
    this.store(caseId, receiveWarning({ open: undefined, cleared: undefined }, warning, caseId, context))
  }

  private store(caseId: string, steps: readonly Step[]): void {
    const after = steps.at(-1)?.after
    if (after === undefined) return
    this.cases.set(caseId, after)
    const views = steps.map((step) => eventView({ ...toCaseEvent(step), state: step.after.state }))
    this.events.set(caseId, [...(this.events.get(caseId) ?? []), ...views])
  }

  tasks(now: number): Task[] {
    return [...this.cases.values()].flatMap((current) =>
      current.dispatches.flatMap((dispatch): Task[] => {
        const step = nextStepOf(current, dispatch)
        if (step === undefined) return []
        const { next, node, dueAt } = step
        const { dispatch_id, purpose } = dispatch
        const lead = leadSummary(current, now)
        return [{ lead, dispatch_id, node, purpose, due_at: dueAt, overdue: now > dueAt, next, reminders: 0 }]
      }),
    )
  }

  caseInfo = (caseId: string): CrewCase | undefined => {
    const current = this.cases.get(caseId)
    if (current === undefined) return undefined
    const { sequence } = current
    const events = this.events.get(caseId) ?? []
    return {
      sequence,
      promises: promiseViews(current, 0),
      dispatches: dispatchViews(current),
      events,
      warnings: [],
    }
  }

  execute(given: CrewCommand, now: number): void {
    const current = this.cases.get(given.case_id)
    if (current === undefined) throw new Error(`no ${given.case_id}`)
    expect(given.command.expected_sequence).toBe(current.sequence)
    const steps = decide(current, given.command, { now, calendar, actor: given.by })
    if (isRefused(steps)) {
      this.refused.push(`${given.command.type} by ${given.by.department}: ${steps.refused}`)
      return
    }
    this.store(given.case_id, steps)
    this.done.push(given)
  }

  /** Lets the crew work until nobody has anything to do, at most so many looks. */
  playOut(seed: number, plan: CrewPlan, drain: boolean, looksMax = 2_000): void {
    let now = Math.max(...[...this.cases.values()].map(({ openedAt }) => openedAt))
    for (let looks = 0; looks < looksMax; looks += 1) {
      const look = { seed, plan, drain, now, caseInfo: this.caseInfo, tasks: this.tasks(now) }
      const [next] = crewAgenda(look)
      if (next === undefined) return
      now = Math.max(now, next.at)
      for (const given of crewStep({ ...look, now })) this.execute(given, now)
      if (this.refused.length > 0) return
    }
  }
}

const share = fc.double({ min: 0, max: 1, noNaN: true })
const plans = fc.record({
  justLate: share,
  veryLate: share,
  returned: share,
  reminded: share,
  supervised: share,
})
const anyWarning = fc.record({
  level: fc.constantFrom('red' as const, 'orange' as const, 'yellow' as const, 'blue' as const),
  risk_type: fc.constantFrom(...riskTypes.map(({ code }) => code)),
  event_time: fc.integer({ min: defaultSimulation.start, max: defaultSimulation.start + 120 * dayMs }),
  region: fc.constantFrom('331004', '331081', ''),
})

function warningOf(facts: {
  level: Warning['level']
  risk_type: string
  event_time: number
  region: string
}): Warning {
  const explanation = { zh: '', en: '' }
  return {
    warning_id: 'w',
    subject_id: 's',
    subject_kind: 'person',
    subject_region: facts.region,
    subject_identity: new Uint8Array(),
    risk_type: facts.risk_type,
    level: facts.level,
    score: 0.5,
    rules: [],
    event_time: facts.event_time,
    first_txn_id: 't',
    last_txn_id: 't',
    txn_ids: ['t'],
    evidence: [],
    explanation,
    rule_set_id: 'default',
    rule_set_version: 1,
    exemptions: [],
  }
}

const someWarnings = fc.array(anyWarning, { minLength: 1, maxLength: 8 })

describe('the crew at the real desks', () => {
  it('closes every case of every route by its own pace, and casework refuses nothing', async () => {
    await checked(
      fc.property(fc.integer(), plans, someWarnings, (seed, plan, warnings) => {
        const desks = new Desks()
        for (const warning of warnings) desks.open(warningOf(warning))
        desks.playOut(seed, plan, false)
        expect(desks.refused).toEqual([])
        expect([...desks.cases.values()].map(({ state }) => state)).toEqual(warnings.map(() => 'closed'))
      }),
      40,
    )
  })

  it('closes everything at once when the desks are cleared, wherever work stood', async () => {
    const started = fc.integer({ min: 0, max: 30 })
    await checked(
      fc.property(fc.integer(), plans, someWarnings, started, (seed, plan, warnings, steps) => {
        const desks = new Desks()
        for (const warning of warnings) desks.open(warningOf(warning))
        desks.playOut(seed, plan, false, steps)
        desks.playOut(seed, plan, true, 60)
        expect(desks.refused).toEqual([])
        for (const { state } of desks.cases.values()) expect(state).toBe('closed')
      }),
      40,
    )
  })

  it('shows the board every kind of lateness, and hears the prosecutor', () => {
    const desks = new Desks()
    const levels = ['red', 'orange', 'yellow', 'blue'] as const
    for (let index = 0; index < 96; index += 1) {
      const level = levels[index % 4] ?? 'blue'
      const risk_type = ['T0', 'T1', 'T4'][index % 3] ?? 'T0'
      const event_time = defaultSimulation.start + index * 10_000
      desks.open(warningOf({ level, risk_type, event_time, region: '331004' }))
    }
    const plan = { justLate: 0.05, veryLate: 0.02, returned: 0.04, reminded: 0.8, supervised: 0.6 }
    desks.playOut(1, plan, false, 20_000)
    const promises = [...desks.cases.values()].flatMap((one) => one.promises)
    const kept = promises.filter(({ kept_at }) => kept_at !== null)
    const late = kept.filter(({ kept_at, due_at }) => (kept_at ?? 0) > due_at)
    expect(late.length / kept.length).toBeGreaterThan(0.02)
    expect(late.length / kept.length).toBeLessThan(0.15)
    const given = new Set(desks.done.map(({ command }) => command.type))
    for (const type of ['return', 'remind', 'supervise', 'close'] as const) expect(given).toContain(type)
    const cards = new Set([...desks.cases.values()].map(({ card }) => card))
    expect(cards).toEqual(new Set(['red', 'yellow', 'green', 'cleared']))
  })
})
