/** Where flows come from, as one number: source, region of the counterparty, country of the far side. Pure. */

/** Numbers of an entry. */
const entryWords = 3

/** Every combination is kept once, however many flows share it; numbers count up from 0. */
export class Origins {
  /** Names of source, region and country, one entry after the other. */
  private entries = new Uint32Array(entryWords << 5)
  /** Number + 1 by hash; 0 is free. */
  private slots = new Uint32Array(1 << 6)
  private mask = (1 << 6) - 1
  private count = 0
  private last = 0

  /** How many there are. */
  get size(): number {
    return this.count
  }

  /** Number of a combination of names; given out on first sight. The one asked for last is recognised at once. */
  number(source: number, region: number, country: number): number {
    if (!this.is(this.last, source, region, country)) this.last = this.look(source, region, country)
    return this.last
  }

  /** Name of the source. */
  source(number: number): number {
    return this.entries[entryWords * number] ?? 0
  }

  /** Name of the counterparty's region; the empty name when it is not known. */
  region(number: number): number {
    return this.entries[entryWords * number + 1] ?? 0
  }

  /** Name of the far side's country; the empty name when domestic. */
  country(number: number): number {
    return this.entries[entryWords * number + 2] ?? 0
  }

  private is(number: number, source: number, region: number, country: number): boolean {
    return (
      number < this.count &&
      this.source(number) === source &&
      this.region(number) === region &&
      this.country(number) === country
    )
  }

  private look(source: number, region: number, country: number): number {
    for (let slot = hashOf(source, region, country) & this.mask; ; slot = (slot + 1) & this.mask) {
      const found = this.slots[slot] ?? 0
      if (found === 0) return this.add(slot, source, region, country)
      if (this.is(found - 1, source, region, country)) return found - 1
    }
  }

  private add(slot: number, source: number, region: number, country: number): number {
    const number = this.count
    const at = entryWords * number
    if (at + entryWords > this.entries.length) {
      const { entries } = this
      this.entries = new Uint32Array(2 * entries.length)
      this.entries.set(entries)
    }
    this.entries[at] = source
    this.entries[at + 1] = region
    this.entries[at + 2] = country
    this.slots[slot] = number + 1
    this.count += 1
    if (2 * this.count > this.mask) this.double()
    return number
  }

  private double(): void {
    this.mask = 2 * this.mask + 1
    this.slots = new Uint32Array(this.mask + 1)
    for (let number = 0; number < this.count; number += 1) {
      let slot = hashOf(this.source(number), this.region(number), this.country(number)) & this.mask
      while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask
      this.slots[slot] = number + 1
    }
  }
}

function hashOf(source: number, region: number, country: number): number {
  let hash = Math.imul(source, 0x9e3779b1) ^ region
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) ^ country
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
