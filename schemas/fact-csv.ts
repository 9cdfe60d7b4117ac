/** The CSV contract of facts: one file holds one kind. */
import type { FactKind } from './fact.ts'

/** Columns of every kind. A subject is named as in transactions: by id, else by account. */
export const factColumns = [
  'fact_id',
  'event_time',
  'subject_id',
  'subject_account',
  'subject_name',
  'subject_kind',
  'subject_region',
  'source_id',
  'legal_basis',
  'allowed_purpose',
] as const

/** Columns of one kind, besides those of every kind. */
export const factKindColumns = {
  account_opened: ['account'],
  account_closed: ['account'],
  registration: ['registered_name', 'business_scope', 'licensed'],
  lawsuit: ['role', 'other_id', 'other_account', 'cause'],
  complaint: ['complainant', 'channel'],
  penalty: ['form', 'offence'],
  list_entry: ['list', 'status'],
  link: ['relation', 'other_id', 'other_account', 'other_name', 'from', 'until'],
} as const satisfies Readonly<Record<FactKind, readonly string[]>>

/** Name of a column. */
export type FactColumn =
  | (typeof factColumns)[number]
  | (typeof factKindColumns)[keyof typeof factKindColumns][number]

/** Columns without which nothing of a file is taken; of a pair joined with | one is enough. */
export const factRequired = {
  account_opened: ['account | subject_account'],
  account_closed: ['account | subject_account'],
  registration: ['registered_name', 'licensed'],
  lawsuit: ['role', 'cause'],
  complaint: ['complainant'],
  penalty: ['form', 'offence'],
  list_entry: ['list', 'status'],
  link: ['relation', 'other_id | other_account'],
} as const satisfies Readonly<Record<FactKind, readonly string[]>>

/** One record as its source wrote it, in the clear; columns it has not are absent. */
export type FactFields = Readonly<Partial<Record<FactColumn, string>>>
