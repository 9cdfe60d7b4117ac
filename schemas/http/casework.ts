/**
 * HTTP API of casework, under /api.
 *
 * GET  /api/leads?state&level&risk_type&department&q&cursor&limit → LeadList (newest first, keyset pages)
 * GET  /api/cases/:case_id                                          → CaseDetail
 * POST /api/cases/:case_id/commands   Command                       → CaseDetail (409 `stale_sequence`, 422 `refused` with reason)
 * POST /api/cases/:case_id/reveal     { reason }                    → Identity (recorded as case event `identity_revealed`)
 * GET  /api/tasks                                                   → TaskList of the signed-in department, by due time
 * GET  /api/stream                                                  → SSE `event: case`, data CaseChanged; resumes after Last-Event-ID
 */
import Type from 'typebox'
import type { Static } from 'typebox'
import { AlertLevel, Bilingual, CaseState, GradeCard, PromiseView } from './common.ts'

/** One row of the lead inbox. Times in ms since 1970. */
export const LeadSummary = Type.Object({
  case_id: Type.String(),
  subject_id: Type.String(),
  /** e.g. 张* or the pseudonym's first characters. */
  subject_label: Type.String(),
  risk_type: Type.String(),
  risk_type_name: Bilingual,
  level: AlertLevel,
  card: GradeCard,
  state: CaseState,
  region: Type.String(),
  score: Type.Number(),
  rule_ids: Type.Array(Type.String()),
  headline: Bilingual,
  warnings: Type.Integer(),
  opened_at: Type.Integer(),
  last_warning_at: Type.Integer(),
  /** Department that has the ball. */
  owner: Type.String(),
  /** Earliest open promise, if any. */
  next_due_at: Type.Union([Type.Integer(), Type.Null()]),
  overdue: Type.Integer(),
})
export type LeadSummary = Static<typeof LeadSummary>

/** A page of leads, newest first. */
export const LeadList = Type.Object({
  leads: Type.Array(LeadSummary),
  next_cursor: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer(),
  counts: Type.Record(Type.String(), Type.Integer(), { description: 'open leads and cases by state' }),
  now: Type.Integer(),
})
export type LeadList = Static<typeof LeadList>

/** One rule that hit: what was measured against which threshold, and on what legal basis. */
export const RuleHitView = Type.Object({
  rule_id: Type.String(),
  version: Type.Integer(),
  family: Type.String(),
  level: AlertLevel,
  event_time: Type.Integer(),
  values: Type.Record(Type.String(), Type.String()),
  thresholds: Type.Record(Type.String(), Type.String()),
  window: Type.String(),
  basis: Type.Array(Type.String()),
})
export type RuleHitView = Static<typeof RuleHitView>

/** One of the most telling transactions of a warning; amount in minor units, identities masked. */
export const EvidenceView = Type.Object({
  txn_id: Type.String(),
  event_time: Type.Integer(),
  direction: Type.Enum(['in', 'out']),
  amount: Type.Integer({ description: 'minor units' }),
  currency: Type.String(),
  counterparty_id: Type.String(),
  counterparty_kind: Type.String(),
  channel: Type.String(),
})
export type EvidenceView = Static<typeof EvidenceView>

/** A warning with everything that explains it, in both languages. */
export const WarningView = Type.Object({
  warning_id: Type.String(),
  level: AlertLevel,
  score: Type.Number(),
  event_time: Type.Integer(),
  received_at: Type.Integer(),
  explanation: Bilingual,
  rules: Type.Array(RuleHitView),
  evidence: Type.Array(EvidenceView),
  rule_set: Type.String(),
})
export type WarningView = Static<typeof WarningView>

/** A task sent to one department, with its frozen deadline and the answer so far. */
export const DispatchView = Type.Object({
  dispatch_id: Type.String(),
  department: Type.String(),
  department_name: Bilingual,
  purpose: Type.Enum(['verify', 'handle', 'inform']),
  role: Type.Enum(['lead', 'assist']),
  sent_at: Type.Integer(),
  acknowledge_by: Type.Integer(),
  complete_by: Type.Integer(),
  acknowledged_at: Type.Union([Type.Integer(), Type.Null()]),
  returned_at: Type.Union([Type.Integer(), Type.Null()]),
  return_reason: Type.String(),
})
export type DispatchView = Static<typeof DispatchView>

/** One entry of the case's timeline. */
export const CaseEventView = Type.Object({
  sequence: Type.Integer(),
  type: Type.String(),
  occurred_at: Type.Integer(),
  actor: Type.String(),
  actor_role: Type.String(),
  actor_department: Type.String(),
  state: CaseState,
  reason: Type.String(),
  details: Type.Record(Type.String(), Type.String()),
})
export type CaseEventView = Static<typeof CaseEventView>

/** Names of what a person can do to a case. */
export const commandTypes = [
  'acknowledge',
  'return',
  'start_verification',
  'record_verification',
  'grade',
  'take_measure',
  'feed_back',
  'close',
  'remind',
  'supervise',
  'comment',
] as const
/** What can be asked of a case (docs/spec/case.md). */
export const CommandType = Type.Enum([...commandTypes])
export type CommandType = (typeof commandTypes)[number]

/** One possible action and, when it is not possible now for this person, why. */
export const ActionView = Type.Object({
  type: CommandType,
  enabled: Type.Boolean(),
  /** The dispatch or promise it is about, if any. */
  dispatch_id: Type.String(),
  reason: Bilingual,
})
export type ActionView = Static<typeof ActionView>

/** Everything the case page shows to one seat, the actions open to it included. */
export const CaseDetail = Type.Object({
  lead: LeadSummary,
  /** Version for optimistic locking: sequence of the newest event. */
  sequence: Type.Integer(),
  warnings: Type.Array(WarningView),
  dispatches: Type.Array(DispatchView),
  promises: Type.Array(PromiseView),
  events: Type.Array(CaseEventView),
  actions: Type.Array(ActionView),
  now: Type.Integer(),
})
export type CaseDetail = Static<typeof CaseDetail>

/** Sends one command. The same command_id twice has one effect and one answer. */
export const Command = Type.Object({
  command_id: Type.String({ minLength: 8, maxLength: 100 }),
  expected_sequence: Type.Integer({ minimum: 1 }),
  type: CommandType,
  dispatch_id: Type.Optional(Type.String()),
  /** remind, supervise: the overdue promise. */
  promise_id: Type.Optional(Type.String()),
  /** Required for return, grade, remind, supervise. */
  reason: Type.Optional(Type.String({ maxLength: 2000 })),
  /** record_verification: where, when (ms), who, what was found. */
  verification: Type.Optional(
    Type.Object({
      place: Type.String({ minLength: 1, maxLength: 200 }),
      visited_at: Type.Integer(),
      people: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: 10 }),
      findings: Type.String({ minLength: 1, maxLength: 4000 }),
    }),
  ),
  /** grade. */
  card: Type.Optional(Type.Enum(['red', 'yellow', 'green', 'cleared'])),
  /** take_measure: what was done, on which legal basis. */
  measure: Type.Optional(
    Type.Object({
      kind: Type.String({ minLength: 1, maxLength: 200 }),
      legal_basis: Type.String({ minLength: 1, maxLength: 400 }),
    }),
  ),
  /** feed_back, close: amounts in minor units of CNY, the paper that proves it. */
  result: Type.Optional(
    Type.Object({
      summary: Type.String({ minLength: 1, maxLength: 4000 }),
      paper: Type.String({ maxLength: 200 }),
      amount_involved: Type.Integer({ minimum: 0 }),
      amount_frozen: Type.Integer({ minimum: 0 }),
      amount_recovered: Type.Integer({ minimum: 0 }),
    }),
  ),
  text: Type.Optional(Type.String({ maxLength: 4000 })),
})
export type Command = Static<typeof Command>

/** A piece of work of one department. */
export const Task = Type.Object({
  lead: LeadSummary,
  dispatch_id: Type.String(),
  node: Type.String(),
  purpose: Type.Enum(['verify', 'handle', 'inform']),
  due_at: Type.Integer(),
  overdue: Type.Boolean(),
  /** The command that is expected next. */
  next: CommandType,
  reminders: Type.Integer(),
})
export type Task = Static<typeof Task>

/** What waits for one department, nearest deadline first. */
export const TaskList = Type.Object({ tasks: Type.Array(Task), now: Type.Integer() })
export type TaskList = Static<typeof TaskList>

/** A revealed identity in the clear. Never logged, never cached. */
export const Identity = Type.Object({ account: Type.String(), id: Type.String(), name: Type.String() })
export type Identity = Static<typeof Identity>

/** Why an identity is to be revealed; recorded with the case (G7). */
export const RevealRequest = Type.Object({ reason: Type.String({ minLength: 5, maxLength: 500 }) })

/** Live update: a case has a newer sequence than the one shown. */
export const CaseChanged = Type.Object({
  case_id: Type.String(),
  sequence: Type.Integer(),
  type: Type.String(),
  state: CaseState,
  department: Type.String(),
})
export type CaseChanged = Static<typeof CaseChanged>
