/** Numbers from a seed: what is drawn can be drawn again. */

/** A source of draws. */
export interface Draw {
  /** 0 ≤ x < 1. */
  real(): number
  /** A whole number, both ends included. */
  between(from: number, to: number): number
  chance(share: number): boolean
  /** One of a list that is not empty. */
  one<Item>(list: readonly Item[]): Item
  /** The list in another order. */
  shuffled<Item>(list: readonly Item[]): Item[]
}

/** A number between 0 and 2^32 − 1 that a text stands for (FNV-1a). */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

/** Draws of their own for every name (mulberry32). */
export function drawsOf(seed: number, name: string): Draw {
  let state = hashOf(`${seed}/${name}`)
  const real = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (from: number, to: number): number => from + Math.floor(real() * (to - from + 1))
  return {
    real,
    between,
    chance: (share) => real() < share,
    one: (list) => {
      const found = list[between(0, list.length - 1)]
      if (found === undefined) throw new RangeError('nothing to draw from')
      return found
    },
    shuffled: (list) =>
      list
        .map((item) => ({ item, rank: real() }))
        .toSorted((a, b) => a.rank - b.rank)
        .map(({ item }) => item),
  }
}
