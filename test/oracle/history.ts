/** A history: rows in order of delivery, and what it was drawn for. */
import type { Row } from './row.ts'

/** Everything the engine and the oracle are told. */
export interface History {
  readonly rows: readonly Row[]
  /** Transactions per block: how finely lateness is judged. */
  readonly blockSize: number
  /** Rules whose lines it was steered to, on either side of them. */
  readonly aims: readonly string[]
}
