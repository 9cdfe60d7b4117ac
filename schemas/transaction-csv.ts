/** The transaction CSV contract: what banks and payment institutions deliver, and what the simulator writes. */

/** Columns in their order; also the keys of the JSON lines form. */
export const transactionColumns = [
  'txn_id',
  'booked_at',
  'amount',
  'currency',
  'payer_account',
  'payer_id',
  'payer_name',
  'payer_kind',
  'payer_region',
  'payee_account',
  'payee_id',
  'payee_name',
  'payee_kind',
  'payee_region',
  'channel',
  'country',
  'remark',
  'source_id',
] as const

/** Name of one column. */
export type TransactionColumn = (typeof transactionColumns)[number]

/** One record as its source wrote it, in the clear; empty where it said nothing. `booked_at` RFC 3339 with offset, `amount` a decimal string. */
export type TransactionFields = Readonly<Record<TransactionColumn, string>>
