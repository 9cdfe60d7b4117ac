/** One row of a transaction file, every field as text, as its columns are named in the CSV contract. */
export interface Row {
  readonly txn_id: string
  readonly booked_at: string
  readonly amount: string
  readonly currency: string
  readonly payer_account: string
  readonly payer_id: string
  readonly payer_kind: string
  readonly payer_region: string
  readonly payee_account: string
  readonly payee_id: string
  readonly payee_kind: string
  readonly payee_region: string
  readonly channel: string
  readonly country: string
  readonly source_id: string
}
