/** A case to tell stories with: given what happened, when a command, then facts or a refusal. Fixed clock, shipped calendar. */
import type { Warning } from '../../../schemas/types.ts'
import { chinaCalendar } from '../../platform/calendar/china.ts'
import type { Actor, Case, CaseFact, CasePromiseState } from './case.ts'
import { isOpenPromise, system } from './case.ts'
import { decide } from './decide.ts'
import type { CaseCommand } from './decide.ts'
import type { Step } from './draft.ts'
import { receiveWarning } from './lead.ts'
import { isRefused } from './refusals.ts'
import type { RefusalCode } from './refusals.ts'

/** Monday 2 March 2026, 10:00 in Shanghai. */
export const monday = Date.parse('2026-03-02T10:00:00+08:00')

/** One hour in milliseconds. */
export const hour = 3_600_000

/** A warning; only what matters is given. `families` and `ruleId` go into its one rule. */
export function warning(
  change: Partial<Warning> & { readonly ruleId?: string; readonly family?: string } = {},
): Warning {
  const { ruleId = 'R12', family = 'crowd', ...rest } = change
  return {
    warning_id: 'w1',
    subject_id: 'p_subject',
    subject_kind: 'person',
    subject_region: '331004',
    subject_identity: new Uint8Array(),
    risk_type: 'T1',
    level: 'yellow',
    score: 0.4,
    rules: [
      {
        rule_id: ruleId,
        version: 1,
        family,
        level: rest.level ?? 'yellow',
        event_time: monday,
        values: {},
        thresholds: {},
        window: '',
        basis: [],
      },
    ],
    event_time: monday,
    first_txn_id: 't1',
    last_txn_id: 't1',
    txn_ids: ['t1'],
    evidence: [],
    explanation: { zh: '说明', en: 'explanation' },
    rule_set_id: 'default',
    rule_set_version: 1,
    exemptions: [],
    ...rest,
  }
}

/** An officer of a department. */
export const officer = (department: string, user = `officer-${department}`): Actor => ({
  user,
  role: 'officer',
  department,
})

/** A grid worker of D12. */
export const gridWorker: Actor = { user: 'grid-1', role: 'grid_worker', department: 'D12' }

/** The prosecutor. */
export const prosecutor: Actor = { user: 'prosecutor-1', role: 'prosecutor', department: 'D16' }

/** Payloads that pass every gate. */
export const complete = {
  verification: { place: '示例路1号', visited_at: monday, people: ['钱乙'], findings: '属实' },
  measure: { kind: '责令改正', legal_basis: '737 Art. 18' },
  result: { summary: '已处置', paper: '文书1', amount_involved: 1, amount_frozen: 0, amount_recovered: 0 },
}

/** A command that passes every gate, by its name. */
export const good: Readonly<Record<CaseCommand['type'], CaseCommand>> = {
  acknowledge: { type: 'acknowledge' },
  return: { type: 'return', reason: '非本单位职责' },
  start_verification: { type: 'start_verification' },
  record_verification: { type: 'record_verification', verification: complete.verification },
  grade: { type: 'grade', card: 'red', reason: '涉嫌犯罪' },
  take_measure: { type: 'take_measure', measure: complete.measure },
  feed_back: { type: 'feed_back', result: complete.result },
  close: { type: 'close', result: complete.result },
  remind: { type: 'remind', reason: '请尽快' },
  supervise: { type: 'supervise', reason: '逾期' },
  comment: { type: 'comment', text: '请注意' },
}

/** A case in the telling. */
export class Story {
  now = monday
  current: Case
  readonly steps: Step[] = []

  constructor(change: Parameters<typeof warning>[0] = {}) {
    const opened = receiveWarning(
      { open: undefined, cleared: undefined },
      warning(change),
      'C1',
      this.context(system),
    )
    this.current = this.take(opened)
  }

  /** Time passes. */
  wait(ms: number): this {
    this.now += ms
    return this
  }

  /** A further warning on the same subject and risk type. */
  warn(change: Parameters<typeof warning>[0]): this {
    const open = this.current.closedAt === null ? this.current : undefined
    const cleared = open === undefined ? this.current : undefined
    this.current = this.take(receiveWarning({ open, cleared }, warning(change), 'C2', this.context(system)))
    return this
  }

  /** Somebody gives a command that is carried out. */
  do(who: Actor, command: CaseCommand['type'] | CaseCommand): this {
    const answer = this.ask(who, command)
    if (isRefused(answer)) throw new Error(`${who.user} was refused: ${answer.refused}`)
    this.current = this.take(answer)
    return this
  }

  /** The code with which a command is refused, or `done`. */
  refusal(who: Actor, command: CaseCommand['type'] | CaseCommand): RefusalCode | 'done' {
    const answer = this.ask(who, command)
    return isRefused(answer) ? answer.refused : 'done'
  }

  /** Facts of the last decision. */
  facts: readonly CaseFact[] = []

  /** Open deadlines as `node department`. */
  get open(): readonly string[] {
    return this.promises.map((promise) => `${promise.node} ${promise.department}`)
  }

  /** Open deadlines. */
  get promises(): readonly CasePromiseState[] {
    return this.current.promises.filter(isOpenPromise)
  }

  /** Dispatches as `purpose role department`. */
  get sent(): readonly string[] {
    return this.current.dispatches.map((one) => `${one.purpose} ${one.role} ${one.department}`)
  }

  private ask(who: Actor, command: CaseCommand['type'] | CaseCommand) {
    return decide(this.current, typeof command === 'string' ? good[command] : command, this.context(who))
  }

  private context(actor: Actor) {
    return { now: this.now, calendar: chinaCalendar, actor }
  }

  private take(steps: readonly Step[]): Case {
    this.steps.push(...steps)
    this.facts = steps.map((step) => step.fact)
    const last = steps.at(-1)
    if (last === undefined) throw new Error('A decision came to nothing')
    return last.after
  }
}

/** The states a story can be brought to, in order; `verified` is `verifying` with a record. */
export const milestones = [
  'alerted',
  'acknowledged',
  'verifying',
  'verified',
  'routed',
  'handling',
  'fed_back',
  'closed',
] as const

/** One of them. */
export type Milestone = (typeof milestones)[number]

/** A T1 lead brought to a state by the shortest way. */
export function storyIn(milestone: Milestone, change: Parameters<typeof warning>[0] = {}): Story {
  const d01 = officer('D01')
  const d02 = officer('D02')
  const legs: Readonly<Record<Milestone, (story: Story) => Story>> = {
    alerted: (story) => story,
    acknowledged: (story) => story.do(d01, 'acknowledge'),
    verifying: (story) => story.do(d01, 'start_verification'),
    verified: (story) => story.do(d01, 'record_verification'),
    routed: (story) => story.do(d01, 'grade'),
    handling: (story) => story.do(d02, 'acknowledge'),
    fed_back: (story) => story.do(d02, 'take_measure').do(d02, 'feed_back'),
    closed: (story) => story.do(d02, 'close'),
  }
  const story = new Story(change)
  for (const leg of milestones.slice(0, milestones.indexOf(milestone) + 1)) legs[leg](story)
  return story
}
