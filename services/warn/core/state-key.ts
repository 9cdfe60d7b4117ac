/** Keys of stored state. Pure. */
import { hash } from 'node:crypto'

/** Longest text put into a key as it is; stores limit the length of keys. */
const plainMax = 300

/** Key of an entry of one kind; long texts are replaced by their SHA-256. */
export function stateKey(kind: string, text: string): string {
  return text.length <= plainMax ? `${kind}|${text}` : `${kind}#${hash('sha256', text)}`
}
