import { describe, expect, it } from 'vitest'
import type { CaseEvent, GradeCard, Label, RuleHit, Warning } from '../../../../schemas/types.ts'
import { aWarning } from '../../../../test/casework/support.ts'
import { activationOf, controlOf } from '../control.ts'
import { createScorer } from '../fold.ts'
import { loadRuleSet } from '../../shell/rule-files.ts'
import { noState } from '../state.ts'
import type { LabelCount } from './label-counts.ts'
import { labelling, warningsMax } from './labelling.ts'
import type { CaseMemory } from './labelling.ts'
import { ReportDraft, labelsMax } from './report.ts'

const day = 86_400_000
const at = Date.parse('2026-03-31T12:00:00+08:00')

function event(type: string, change: Partial<CaseEvent> = {}): CaseEvent {
  return {
    event_id: 'e',
    case_id: 'case-1',
    sequence: 1,
    type,
    occurred_at: at,
    actor: '',
    actor_role: '',
    actor_department: '',
    state: '',
    subject_id: 'p_a',
    risk_type: 'T1',
    level: 'yellow',
    card: 'none',
    region: '',
    dispatch_id: '',
    department: '',
    promises: [],
    kept: [],
    withdrawn: [],
    reason: '',
    details: {},
    ...change,
  }
}

const warned = (id: string, rules: string, level: string) => ({
  details: { warning_id: id, rule_ids: rules, warning_level: level },
})

/** Folds the events of one case. */
function folded(...events: readonly CaseEvent[]) {
  let memory: CaseMemory | undefined
  const labels: Label[] = []
  const counts: LabelCount[] = []
  for (const one of events) {
    const next = labelling(memory, one)
    memory = next.memory
    if (next.label !== undefined) labels.push(next.label)
    counts.push(...next.counts)
  }
  return { memory, labels, counts: counts.map(({ rule_id, level, card, n }) => [rule_id, level, card, n]) }
}

const opened = event('lead_opened', warned('w1', 'R12,R06', 'yellow'))
const appended = event('warning_appended', warned('w2', 'R06', 'orange'))

describe('labels', () => {
  it('are the grade of a case on all its warnings, under the rule that triggered each', () => {
    const { labels, counts } = folded(opened, appended, event('graded', { card: 'red' }))
    expect(labels).toEqual([
      {
        case_id: 'case-1',
        card: 'red',
        graded_at: at,
        risk_type: 'T1',
        warnings: [
          { warning_id: 'w1', rule_id: 'R12', level: 'yellow' },
          { warning_id: 'w2', rule_id: 'R06', level: 'orange' },
        ],
      },
    ])
    expect(counts).toEqual([
      ['R12', 'yellow', 'red', 1],
      ['R06', 'orange', 'red', 1],
    ])
  })

  it('are taken back when the case is graded otherwise', () => {
    const { counts } = folded(opened, event('graded', { card: 'yellow' }), event('graded', { card: 'green' }))
    expect(counts).toEqual([
      ['R12', 'yellow', 'yellow', 1],
      ['R12', 'yellow', 'yellow', -1],
      ['R12', 'yellow', 'green', 1],
    ])
  })

  it('come at once to a warning that joins a graded case, or rests with a cleared one', () => {
    const joined = folded(
      opened,
      event('graded', { card: 'red' }),
      event('warning_appended', { ...warned('w3', 'R09', 'blue'), card: 'red' }),
    )
    expect(joined.labels[1]?.warnings).toEqual([{ warning_id: 'w3', rule_id: 'R09', level: 'blue' }])
    const rested = folded(event('warning_suppressed', { ...warned('w4', 'R12', 'yellow'), card: 'cleared' }))
    expect(rested).toMatchObject({ memory: undefined, counts: [['R12', 'yellow', 'cleared', 1]] })
  })

  it('need no memory of a case that is closed, and little of one that is not', () => {
    expect(folded(opened, event('graded', { card: 'red' }), event('closed', { card: 'red' })).memory).toBe(
      undefined,
    )
    const many = Array.from({ length: warningsMax + 5 }, (_, index) =>
      event('warning_appended', warned(`w${index}`, 'R12', 'blue')),
    )
    expect(folded(...many).memory?.warnings).toHaveLength(warningsMax)
  })

  it('say nothing of the subject', () => {
    expect(JSON.stringify(folded(opened, event('graded', { card: 'red' })))).not.toContain('p_a')
  })
})

describe('the fold', () => {
  const label = (counts: readonly LabelCount[]) => controlOf('label', { content: JSON.stringify(counts) })
  const one = { rule_id: 'R12', level: 'yellow', card: 'red', n: 1 }

  it('keeps numbers by rule, level and card, over a checkpoint too', async () => {
    const fold = createScorer(noState)
    fold.control(activationOf(await loadRuleSet()))
    fold.control(label([one, { ...one, card: 'green', n: 2 }]))
    const state = new Map(fold.checkpoint().map(({ key, value }) => [key, value ?? new Uint8Array()]))
    const again = createScorer({ get: (key) => state.get(key), entries: () => [] })
    again.control(label([{ ...one, n: 3 }]))
    expect(again.labels.list()).toEqual([
      { ...one, n: 4 },
      { ...one, card: 'green', n: 2 },
    ])
  })

  it('reports what it cannot read', () => {
    expect(createScorer(noState).control(controlOf('label', { content: '{' }))).toMatchObject([
      { outcome: { reason: 'invalid_label' } },
    ])
  })
})

describe('the report', () => {
  interface Made {
    readonly id: string
    readonly payers?: number
    readonly card?: GradeCard
    readonly time?: number
  }

  function made({ id, payers = 40, time = at }: Made): Warning {
    const base = aWarning()
    const hit = base.rules.map((one): RuleHit => ({ ...one, values: { payers: String(payers) } }))
    return { ...base, warning_id: id, rules: hit, event_time: time }
  }

  function drafted(list: readonly Made[]): ReportDraft {
    const draft = new ReportDraft()
    for (const { id, card } of list) {
      if (card === undefined) continue
      const warnings = [{ warning_id: id, rule_id: 'R12', level: 'yellow' }]
      draft.label({ case_id: id, card, graded_at: at, risk_type: 'T1', warnings })
    }
    for (const one of list) draft.warning(made(one))
    return draft
  }

  it('gives precision by rule and level: red and yellow are confirmed', () => {
    const cards = ['red', 'yellow', 'green', 'cleared', 'cleared'] as const
    const { rules } = drafted([
      ...cards.map((card, index) => ({ id: `w${index}`, card })),
      { id: 'open' },
    ]).report(30, [])
    expect(rules).toMatchObject([
      {
        rule_id: 'R12',
        level: 'yellow',
        warnings: { total: 6, now: 6, before: 0 },
        labels: { red: 1, yellow: 1, green: 1, cleared: 2 },
        labelled: 5,
        precision: 0.4,
      },
    ])
  })

  it('takes the last label of a warning, and none when it was taken back', () => {
    const draft = new ReportDraft()
    const label = (id: string, card: GradeCard): void =>
      draft.label({
        case_id: 'c',
        card,
        graded_at: at,
        risk_type: 'T1',
        warnings: [{ warning_id: id, rule_id: 'R12', level: 'yellow' }],
      })
    label('w1', 'red')
    label('w1', 'cleared')
    label('w2', 'red')
    label('w2', 'none')
    draft.warning(made({ id: 'w1' }))
    draft.warning(made({ id: 'w2' }))
    expect(draft.report(30, []).rules[0]?.labels).toEqual({ red: 0, yellow: 0, green: 0, cleared: 1 })
  })

  it('compares warnings for 1,000 transactions with the period before', () => {
    const times = [at, at - 29 * day, at - 30 * day]
    const draft = drafted(times.map((time, index) => ({ id: `w${index}`, time })))
    for (let index = 0; index < 1_000; index += 1) draft.transaction(at - day)
    for (let index = 0; index < 4_000; index += 1) draft.transaction(at - 40 * day)
    const { rules, transactions } = draft.report(30, [])
    expect(transactions).toEqual({ now: 1_000, before: 4_000 })
    expect(rules[0]?.per_1000).toEqual({ now: 2, before: 0.25, change: 8 })
  })

  it('names rules in force that were silent in the period', () => {
    const draft = drafted([{ id: 'w1', time: at - 31 * day }])
    draft.transaction(at)
    expect(draft.report(30, ['R06', 'R12']).silent).toEqual(['R06', 'R12'])
    expect(draft.report(40, ['R06', 'R12']).silent).toEqual(['R06'])
  })

  const graded = (values: readonly (readonly [number, GradeCard])[]): Made[] =>
    values.map(([payers, card], index) => ({ id: `w${index}`, payers, card }))

  it('proposes the value below which nothing was confirmed, from five labelled warnings on', () => {
    const list = graded([
      [31, 'cleared'],
      [34, 'green'],
      [52, 'red'],
      [60, 'cleared'],
      [70, 'yellow'],
    ])
    expect(drafted(list).report(30, []).proposals).toEqual([
      {
        rule_id: 'R12',
        level: 'yellow',
        metric: 'payers',
        threshold: 30,
        proposed: 52,
        n: 5,
        confirmed: 2,
        spared: 2,
      },
    ])
    expect(drafted(list.slice(0, 4)).report(30, []).proposals).toEqual([])
  })

  it('proposes nothing that would spare nobody, or where nothing was confirmed', () => {
    const least = graded([
      [31, 'red'],
      [40, 'cleared'],
      [41, 'cleared'],
      [42, 'cleared'],
      [43, 'cleared'],
    ])
    expect(drafted(least).report(30, []).proposals).toEqual([])
    const none = drafted(least.slice(1).concat({ id: 'w9', payers: 44, card: 'green' })).report(30, [])
    expect([none.proposals, none.unconfirmed]).toEqual([[], [{ rule_id: 'R12', level: 'yellow', n: 5 }]])
  })

  it('is empty where there is nothing', () => {
    expect(new ReportDraft().report(30, ['R01'])).toMatchObject({ as_of: null, rules: [], silent: ['R01'] })
  })

  it('remembers a bounded number of labels, and says what it gave up', () => {
    const draft = new ReportDraft()
    const warnings = Array.from({ length: labelsMax + 7 }, (_, index) => ({
      warning_id: `w${index}`,
      rule_id: 'R12',
      level: 'yellow',
    }))
    draft.label({ case_id: 'c', card: 'red', graded_at: at, risk_type: 'T1', warnings })
    expect(draft.report(30, []).labels_given_up).toBe(7)
  })
})
