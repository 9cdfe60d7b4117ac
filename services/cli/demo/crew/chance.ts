/** What chance decides for the crew: hashes of what it is about, so that a repeated step decides the same. Pure. */
import { createHash } from 'node:crypto'

/** Everything that names one decision; order matters. */
export type Keys = readonly (string | number)[]

/** A number in [0, 1) that the keys name. */
export function shareOf(keys: Keys): number {
  return digest(keys).readUIntBE(0, 6) / 2 ** 48
}

/** A whole number in [low, high] that the keys name. */
export function wholeOf(keys: Keys, low: number, high: number): number {
  return low + Math.floor(shareOf(keys) * (high - low + 1))
}

/** One of the items. @throws RangeError when there is none */
export function oneOf<Item>(keys: Keys, items: readonly Item[]): Item {
  const item = items[wholeOf(keys, 0, items.length - 1)]
  if (item === undefined) throw new RangeError('a choice needs at least one item')
  return item
}

/** A short name for the keys: 24 hexadecimal digits. */
export function nameOf(keys: Keys): string {
  return digest(keys).toString('hex', 0, 12)
}

function digest(keys: Keys): Buffer {
  return createHash('sha256').update(JSON.stringify(keys)).digest()
}
