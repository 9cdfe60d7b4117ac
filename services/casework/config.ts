/** What of casework can be set by whoever starts it. */

/** Settings of casework. */
export interface CaseworkConfig {
  /** Warnings taken in per database transaction, 1–5,000. More is faster and holds the database longer. */
  readonly batchRecordsMax: number
}

/** The defaults. */
export const caseworkDefaults: CaseworkConfig = { batchRecordsMax: 500 }
