/** The tables of the schema `supervise` (migrations/0001_supervise.sql). */
import type { ColumnType } from 'kysely'
import type { CaseEvent } from '../../../schemas/types.ts'
import type { CaseRecord } from '../core/history.ts'
import type { PromiseRecord } from '../core/promise.ts'

/** jsonb: read parsed, written as text. */
type Json<T> = ColumnType<T, string, string>

/** A case event as it was received. */
export interface CaseEventRow {
  readonly case_id: string
  readonly sequence: number
  readonly event_id: string
  readonly type: string
  readonly occurred_at: number
  readonly event: Json<CaseEvent>
}

/** A promise and its place among those of its case. */
export interface PromiseRow extends PromiseRecord {
  readonly ordinal: number
}

/** Everything supervise keeps. */
export interface Tables {
  readonly position: { readonly partition: number; readonly next_offset: number }
  readonly case_event: CaseEventRow
  readonly supervised_case: CaseRecord
  readonly promise: PromiseRow
}
