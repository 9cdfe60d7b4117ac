/**
 * From case events to labels: when people grade a case, its warnings get the grade as their label; warnings that join or come to rest
 * with a graded case later get it then. A fold per case, in the order of its events. Pure.
 */
import type { CaseEvent, GradeCard, Label, LabelledWarning } from '../../../../schemas/types.ts'
import type { LabelCount } from './label-counts.ts'

/** Warnings remembered of one case until it is graded; the oldest are given up and stay without a label. */
export const warningsMax = 2_000

/** What is remembered of a case that is not closed. */
export interface CaseMemory {
  readonly card: GradeCard
  readonly warnings: readonly LabelledWarning[]
}

const nothing: CaseMemory = { card: 'none', warnings: [] }

/** What an event comes to. */
export interface Labelling {
  /** Undefined: nothing needs to be remembered of the case any more. */
  readonly memory: CaseMemory | undefined
  readonly label: Label | undefined
  /** How the counts change by it. */
  readonly counts: readonly LabelCount[]
}

const joining = new Set(['lead_opened', 'warning_appended', 'warning_suppressed'])

/** Folds one event of a case. An event that says nothing of warnings or grades changes nothing. */
export function labelling(before: CaseMemory | undefined, event: CaseEvent): Labelling {
  const known = before ?? nothing
  if (event.type === 'graded') return graded(known, event)
  if (joining.has(event.type)) return joined(known, event)
  const isOver = event.type === 'closed'
  return { memory: isOver ? undefined : before, label: undefined, counts: [] }
}

function graded(known: CaseMemory, event: CaseEvent): Labelling {
  const { card } = event
  const { warnings, card: previous } = known
  const counts = [
    ...(previous === 'none' ? [] : countsOf(warnings, previous, -1)),
    ...(card === 'none' ? [] : countsOf(warnings, card, 1)),
  ]
  return { memory: { card, warnings }, label: labelOf(event, warnings), counts }
}

function joined(known: CaseMemory, event: CaseEvent): Labelling {
  const { warning_id: id = '', warning_level: level = '', rule_ids: rules = '' } = event.details
  const warning = { warning_id: id, rule_id: rules.split(',')[0] ?? '', level }
  // The card of a cleared case is on the event itself: nothing else is remembered of a closed case.
  const { card } = event
  const isClosed = event.type === 'warning_suppressed'
  const memory = isClosed ? undefined : { card, warnings: [...known.warnings, warning].slice(-warningsMax) }
  if (card === 'none') return { memory, label: undefined, counts: [] }
  return { memory, label: labelOf(event, [warning]), counts: countsOf([warning], card, 1) }
}

function labelOf(event: CaseEvent, warnings: readonly LabelledWarning[]): Label {
  const { case_id, card, occurred_at, risk_type } = event
  return { case_id, card, graded_at: occurred_at, risk_type, warnings }
}

/** One count for every rule and level among the warnings. @param sign −1 takes them back */
function countsOf(warnings: readonly LabelledWarning[], card: GradeCard, sign: 1 | -1): LabelCount[] {
  const counts = new Map<string, LabelCount>()
  for (const { rule_id, level } of warnings) {
    const key = `${rule_id}|${level}`
    counts.set(key, { rule_id, level, card, n: (counts.get(key)?.n ?? 0) + sign })
  }
  return [...counts.values()]
}
