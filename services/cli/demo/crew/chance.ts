/** What chance decides for the crew: hashes of what it is about, so that a repeated step decides the same. Pure. */
import { createHash } from 'node:crypto'

/** Everything that names one decision; order matters. */
export type Keys = readonly (string | number)[]

/** A number in [0, 1) that the keys name: FNV-1a, then Murmur3's finish. Asked for every open task at every look, so it is cheap. */
export function shareOf(keys: Keys): number {
  const text = keys.join('\u0000')
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000
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

/** A name for the keys that no other keys have: 24 hexadecimal digits. */
export function nameOf(keys: Keys): string {
  return createHash('sha256').update(JSON.stringify(keys)).digest('hex').slice(0, 24)
}
