/** Rows of the schema `casework` (shell/migrations). Times in ms; jsonb comes back parsed. */
import type { ColumnType, GeneratedAlways } from 'kysely'
import type { AlertLevel, CaseState, GradeCard } from '../../../schemas/http/common.ts'
import type { Case, CaseFact } from '../core/case.ts'

/** A JSON column: text goes in, the parsed value comes out. */
type Json<T> = ColumnType<T, string, string>

/** Append-only: the truth. */
export interface CaseEventTable {
  id: GeneratedAlways<number>
  case_id: string
  sequence: number
  type: CaseFact['type']
  occurred_at: number
  actor: string
  actor_role: string
  actor_department: string
  state: CaseState
  department: string
  reason: string
  details: Json<Record<string, string>>
  fact: Json<CaseFact>
}

/** Leads and cases as they stand. */
export interface CaseTable {
  case_id: string
  subject_id: string
  risk_type: string
  region: string
  level: AlertLevel
  card: GradeCard
  state: CaseState
  owner: string
  is_open: boolean
  rule_ids: string
  opened_at: number
  last_warning_at: number
  closed_at: number | null
  sequence: number
  snapshot: Json<Case>
  subject_identity: Uint8Array
  traceparent: string
}

/** Warnings as received. */
export interface WarningTable {
  warning_id: string
  case_id: string
  suppressed: boolean
  level: AlertLevel
  event_time: number
  received_at: number
  value: Uint8Array
  traceparent: string
}

/** Dispatches with the step expected next. */
export interface DispatchTable {
  dispatch_id: string
  case_id: string
  department: string
  purpose: string
  role: string
  is_open: boolean
  next_command: string | null
  next_node: string | null
  next_due_at: number | null
}

/** Deadlines. */
export interface PromiseTable {
  promise_id: string
  case_id: string
  dispatch_id: string
  node: string
  department: string
  due_at: number
  kept_at: number | null
  withdrawn_at: number | null
}

/** Commands that were answered. */
export interface CommandTable {
  command_id: string
  case_id: string
  actor: string
  content_sha256: string
  answer: Json<StoredAnswer>
  answered_at: number
}

/** What a command came to, kept for its repetition. */
export type StoredAnswer =
  | { readonly outcome: 'done'; readonly sequence: number }
  | { readonly outcome: 'refused'; readonly code: string }

/** How far each topic was read. */
export interface PositionTable {
  consumer: string
  partition: number
  next_offset: number
}

/** What waits to be published. */
export interface OutboxTable {
  id: GeneratedAlways<number>
  topic: string
  key: string
  value: Uint8Array | null
  headers: Json<Record<string, string>>
  recorded_at: number
}

/** The schema. */
export interface Tables {
  case_events: CaseEventTable
  cases: CaseTable
  warnings: WarningTable
  dispatches: DispatchTable
  promises: PromiseTable
  commands: CommandTable
  positions: PositionTable
  outbox: OutboxTable
}
