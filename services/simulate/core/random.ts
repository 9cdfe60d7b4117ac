/**
 * The simulator's own random numbers: xoshiro128** (Blackman, Vigna), 32-bit integers only, so that a seed gives the
 * same bytes on every machine. Nothing here or above it uses transcendental functions for the same reason.
 */

/** Ascending values at equally spaced quantiles 0 … 1; between two of them the distribution is uniform. */
export type Quantiles = readonly number[]

/** One stream of random numbers. Two streams with different labels do not depend on how much the other was read. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  unit(): number
  /** Uniform integer in [0, below); `below` ≥ 1. */
  int(below: number): number
  /** Uniform integer in [low, high], both included. */
  between(low: number, high: number): number
  /** True with the given probability, 0–1. */
  chance(probability: number): boolean
  /** One element. @throws RangeError when there is none */
  pick<Item>(items: readonly Item[]): Item
  /** One value of a distribution given by its quantiles. */
  draw(quantiles: Quantiles): number
  /** An independent stream; the same label gives the same stream. */
  fork(label: string): Random
}

/** FNV-1a over UTF-16 units, 32 bits. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

/** The stream that a text names. */
export function createRandom(name: string): Random {
  const unit = xoshiro128(hash32(name), hash32(`${name}\u0000`))
  const int = (below: number): number => Math.floor(unit() * below)
  return {
    unit,
    int,
    between: (low, high) => low + int(high - low + 1),
    chance: (probability) => unit() < probability,
    pick: (items) => {
      const item = items[int(items.length)]
      if (item === undefined) throw new RangeError('pick needs at least one item')
      return item
    },
    draw: (quantiles) => interpolate(quantiles, unit()),
    fork: (label) => createRandom(`${name}/${label}`),
  }
}

function interpolate(quantiles: Quantiles, share: number): number {
  const position = share * (quantiles.length - 1)
  const index = Math.floor(position)
  const low = quantiles[index] ?? 0
  const high = quantiles[index + 1] ?? low
  return low + (high - low) * (position - index)
}

/** splitmix32, which spreads two words of seed over the four words of state. */
function splitmix(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x9e3779b9) | 0
    let word = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
    return word ^ (word >>> 15)
  }
}

function xoshiro128(first: number, second: number): () => number {
  const spread = splitmix(first)
  const spreadMore = splitmix(second)
  let a = spread()
  let b = spreadMore()
  let c = spread()
  let d = spreadMore() | 1
  return () => {
    const scrambled = Math.imul(b, 5)
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return (result >>> 0) / 0x1_0000_0000
  }
}
