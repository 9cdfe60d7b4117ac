/** What the crew does: findings, card, measures, papers and amounts. Pure; what is not in the task and the case is chance. */
import type { CaseDetail, Command, CommandType, Task } from '../../../../schemas/http/casework.ts'
import { nameOf, oneOf, shareOf, wholeOf } from './chance.ts'
import type { Keys } from './chance.ts'
import {
  findings,
  gradeReasons,
  interventionReasons,
  measures,
  paperNames,
  places,
  returnReasons,
  summaries,
  visitors,
} from './texts.ts'
import type { Card } from './texts.ts'

/** What the crew needs to know of a case; a CaseDetail is one. */
export type CrewCase = Pick<CaseDetail, 'sequence' | 'promises' | 'dispatches' | 'events' | 'warnings'>

/** Odds of the cards red, yellow, green; the rest is cleared. */
type Odds = readonly [red: number, yellow: number, green: number]

/** The first line whose test holds decides (rules by domain.md 3.1). */
const cardOdds: readonly { readonly when: (task: Task) => boolean; readonly odds: Odds }[] = [
  { when: ({ lead }) => hit(lead, 'R12') && hit(lead, 'R13'), odds: [0.85, 0.1, 0.05] },
  { when: ({ lead }) => lead.level === 'red', odds: [0.45, 0.3, 0.15] },
  { when: ({ lead }) => lead.risk_type === 'T3' && lead.level === 'orange', odds: [0.55, 0.2, 0.15] },
  { when: ({ lead }) => hit(lead, 'R06') && lead.level !== 'blue', odds: [0.1, 0.5, 0.25] },
  { when: ({ lead }) => hit(lead, 'R01'), odds: [0.05, 0.15, 0.3] },
  { when: ({ lead }) => lead.level === 'orange', odds: [0.2, 0.3, 0.3] },
  { when: ({ lead }) => hit(lead, 'R12'), odds: [0.02, 0.13, 0.25] },
  { when: ({ lead }) => lead.level === 'yellow', odds: [0.04, 0.2, 0.36] },
  { when: () => true, odds: [0, 0.05, 0.25] },
]

function hit(lead: Task['lead'], ruleId: string): boolean {
  return lead.rule_ids.includes(ruleId)
}

/**
 * The card the verifying department will set: the worse the warning, the more likely a grave one. One case, one card,
 * so that what is found on site fits the grade that follows.
 */
export function cardFor(seed: number, task: Task): Card {
  const [red, yellow, green] = cardOdds.find(({ when }) => when(task))?.odds ?? [0, 0, 1]
  const luck = shareOf([seed, task.lead.case_id, 'card'])
  if (luck < red) return 'red'
  if (luck < red + yellow) return 'yellow'
  return luck < red + yellow + green ? 'green' : 'cleared'
}

/** A command for one step of a task. `type` is the task's next step, or `return` instead of acknowledging. */
export function taskCommand(
  seed: number,
  now: number,
  task: Task,
  facts: CrewCase,
  type: CommandType,
): Command {
  const keys = [seed, task.lead.case_id, task.dispatch_id, task.node, type]
  const base = commandBase(keys, facts, type)
  const dispatch = { ...base, dispatch_id: task.dispatch_id }
  const card = task.lead.card === 'none' ? cardFor(seed, task) : task.lead.card
  switch (type) {
    case 'return':
      return { ...dispatch, reason: oneOf([...keys, 'text'], returnReasons) }
    case 'record_verification':
      return { ...dispatch, verification: verificationOf(keys, now, task, card) }
    case 'grade':
      return { ...dispatch, card, reason: oneOf([...keys, 'text'], gradeReasons[card]) }
    case 'take_measure':
      return { ...dispatch, measure: oneOf([...keys, 'text'], measures[card]) }
    case 'feed_back':
    case 'close':
      return { ...dispatch, result: resultOf(seed, now, task, facts, card) }
    case 'comment':
      return { ...dispatch, text: oneOf([...keys, 'text'], summaries[card]) }
    case 'acknowledge':
    case 'start_verification':
      return dispatch
    case 'remind':
    case 'supervise':
      throw new RangeError(
        `${type} is the prosecutor's and never the next step of a task (${task.dispatch_id})`,
      )
  }
}

/** The prosecutor's command about one overdue promise. */
export function interventionCommand(
  seed: number,
  task: Task,
  facts: CrewCase,
  type: 'remind' | 'supervise',
  promiseId: string,
): Command {
  const keys = [seed, task.lead.case_id, promiseId, type]
  const reason = oneOf([...keys, 'text'], interventionReasons[type])
  return { ...commandBase(keys, facts, type), promise_id: promiseId, reason }
}

/**
 * The sequence belongs to the id: a step repeated on the same state is the same command, and a step refused because
 * the case had moved on is a new one.
 */
function commandBase(keys: Keys, facts: CrewCase, type: CommandType) {
  return {
    command_id: `crew-${nameOf([...keys, facts.sequence])}`,
    expected_sequence: facts.sequence,
    type,
  }
}

/** The visit was one to five hours before it is written down, and not before there was a case. */
function verificationOf(
  keys: Keys,
  now: number,
  task: Task,
  card: Card,
): NonNullable<Command['verification']> {
  const first = wholeOf([...keys, 'who'], 0, visitors.length - 1)
  return {
    place: oneOf([...keys, 'where'], places),
    visited_at: Math.min(
      now,
      Math.max(task.lead.opened_at, now - wholeOf([...keys, 'time'], 60, 300) * 60_000),
    ),
    people: [0, 1].flatMap((offset) => visitors[(first + offset) % visitors.length] ?? []),
    findings: oneOf([...keys, 'text'], findings[card]),
  }
}

/** Parts of the amount involved that are frozen and recovered, in hundredths, lowest and highest. */
const shares: Readonly<
  Record<Card, { readonly frozen: readonly [number, number]; readonly recovered: readonly [number, number] }>
> = {
  red: { frozen: [20, 60], recovered: [5, 20] },
  yellow: { frozen: [0, 0], recovered: [0, 10] },
  green: { frozen: [0, 0], recovered: [0, 0] },
  cleared: { frozen: [0, 0], recovered: [0, 0] },
}

/** Feeding back and closing tell the same amounts, and nothing is recovered that was not there. */
// oxlint-disable-next-line max-params -- the facts of one decision
function resultOf(
  seed: number,
  now: number,
  task: Task,
  facts: CrewCase,
  card: Card,
): NonNullable<Command['result']> {
  const keys = [seed, task.lead.case_id, 'result']
  const involved = amountInvolved(facts)
  const part = (what: 'frozen' | 'recovered'): number =>
    Math.floor(involved / 100) * wholeOf([...keys, what], ...shares[card][what])
  return {
    summary: oneOf([...keys, 'text'], summaries[card]),
    paper: paperNumber(keys, now, task),
    amount_involved: involved,
    amount_frozen: part('frozen'),
    amount_recovered: part('recovered'),
  }
}

/** Yuan that came in with the most telling transactions, in minor units; what went out when nothing came in. */
function amountInvolved(facts: CrewCase): number {
  const evidence = new Map(
    facts.warnings.flatMap((warning) =>
      warning.evidence.flatMap((item) =>
        item.currency === 'CNY' ? [[`${item.txn_id}/${item.direction}`, item] as const] : [],
      ),
    ),
  )
  let into = 0
  let out = 0
  for (const { direction, amount } of evidence.values()) {
    if (direction === 'in') into += amount
    else out += amount
  }
  return into > 0 ? into : out
}

/** `台路处非〔演示2026〕17号`. */
function paperNumber(keys: Keys, now: number, task: Task): string {
  const dispatch = task.dispatch_id
  const year = new Date(now + 8 * 3_600_000).getUTCFullYear()
  const name = paperNames[task.lead.owner] ?? '协办'
  return `台路${name}〔演示${year}〕${wholeOf([...keys, dispatch, 'paper'], 1, 999)}号`
}
