/** Stored state as the folds see it. Pure. */
import { hash } from 'node:crypto'

/** Where the state of the last checkpoint is read from; synchronous. */
export interface StateReader {
  get(key: string): Uint8Array | undefined
  /** Keys from `from` (inclusive) to `to` (exclusive), ascending. */
  entries(from: string, to: string): Iterable<readonly [string, Uint8Array]>
}

/** One change of stored state; null deletes. */
export interface StateChange {
  readonly key: string
  readonly value: Uint8Array | null
}

/** State of a fold that begins anew and is never stored. */
export const noState: StateReader = { get: () => undefined, entries: () => [] }

/** Longest text put into a key as it is; stores limit the length of keys. */
const plainMax = 300

/** Key of an entry of one kind; long texts are replaced by their SHA-256. */
export function stateKey(kind: string, text: string): string {
  return text.length <= plainMax ? `${kind}|${text}` : `${kind}#${hash('sha256', text)}`
}

/** The stored state cannot be read by this version. */
export class StateFormatError extends Error {
  readonly code = 'state_format'
}
