/** Ids of subjects, counterparties and sources as numbers: each text is kept once, as UTF-8, however many flows name it. Pure. */

/** Words in front of a text: its length, whose state it names, and two marks for whoever numbers names. */
const headWords = 4
const pageBytes = 1 << 20
/** A number is the place of its text: page, and offset in units of 8 bytes. */
const pageShift = 17
const offsetMask = (1 << pageShift) - 1

interface Page {
  readonly words: Uint32Array
  readonly bytes: Buffer
}

function newPage(size: number): Page {
  const bytes = Buffer.alloc(size)
  return { bytes, words: new Uint32Array(bytes.buffer, bytes.byteOffset, size / 4) }
}

/** 32 bits of a text. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = Math.imul(to - from, 0x9e3779b1)
  let at = from
  for (; to - at >= 4; at += 4) {
    const word =
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)
    hash = Math.imul(hash ^ word, 0x5bd1e995)
    hash ^= hash >>> 15
  }
  for (; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x5bd1e995)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Where many texts lie. */
export interface ManyTexts {
  /** Start of text `index` at `first + stride * index`, its end behind it. */
  readonly spans: Int32Array
  readonly first: number
  readonly stride: number
  readonly count: number
}

/** Grows by doubling; texts are never given back one by one, only all at once by beginning anew. */
export class Names {
  private readonly pages: Page[] = []
  /** Offset in the newest page that is free. */
  private free = pageBytes
  /** Two words a slot: hash, and number + 1; 0 is free. */
  private slots = new Uint32Array(2 << 10)
  private mask = (1 << 10) - 1
  private count = 0
  private scratch = Buffer.alloc(256)
  private epoch = 0
  private hashes = new Uint32Array(0)
  /** Only so that what was read for its memory's sake is not left out. */
  sink = 0
  private marked: number[] = []

  /** How many different texts there are. */
  get size(): number {
    return this.count
  }

  /** Number of the text that lies in `bytes` from `from` to `to`; given out on first sight. */
  number(bytes: Uint8Array, from: number, to: number): number {
    return this.look(hashOf(bytes, from, to), bytes, from, to)
  }

  /** Number of a text. */
  numberOf(text: string): number {
    const room = 3 * text.length
    if (room > this.scratch.length) this.scratch = Buffer.alloc(2 * room)
    return this.number(this.scratch, 0, this.scratch.write(text, 0, 'utf8'))
  }

  /**
   * Numbers of many texts, each as `number` gives it. Done in passes over all of them, so that the memory they lie in is fetched for
   * many at the same time.
   */
  resolve(bytes: Uint8Array, { spans, first, stride, count }: ManyTexts, into: Uint32Array): void {
    const numbers = into
    if (this.hashes.length < count) this.hashes = new Uint32Array(2 * count)
    const { hashes, slots, mask } = this
    for (let index = 0, at = first; index < count; index += 1, at += stride)
      hashes[index] = hashOf(bytes, spans[at] ?? 0, spans[at + 1] ?? 0)
    for (let index = 0; index < count; index += 1) {
      const hash = hashes[index] ?? 0
      const slot = 2 * (hash & mask)
      numbers[index] = slots[slot] === hash ? (slots[slot + 1] ?? 0) : 0
    }
    let lengths = 0
    for (let index = 0; index < count; index += 1) {
      const value = numbers[index] ?? 0
      if (value !== 0) lengths += this.length(value - 1)
    }
    this.sink = lengths
    for (let index = 0, at = first; index < count; index += 1, at += stride) {
      const value = numbers[index] ?? 0
      const from = spans[at] ?? 0
      const to = spans[at + 1] ?? 0
      numbers[index] =
        value !== 0 && this.equals(value - 1, bytes, from, to)
          ? value - 1
          : this.look(hashes[index] ?? 0, bytes, from, to)
    }
  }

  private look(hash: number, bytes: Uint8Array, from: number, to: number): number {
    const { slots, mask } = this
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const found = slots[2 * slot + 1] ?? 0
      if (found === 0) return this.add(hash, bytes, from, to)
      if (slots[2 * slot] === hash && this.equals(found - 1, bytes, from, to)) return found - 1
    }
  }

  /** Number of a text that was seen before; -1 for another. */
  find(text: string): number {
    const bytes = Buffer.from(text, 'utf8')
    const hash = hashOf(bytes, 0, bytes.length)
    const { slots, mask } = this
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const found = slots[2 * slot + 1] ?? 0
      if (found === 0) return -1
      if (slots[2 * slot] === hash && this.equals(found - 1, bytes, 0, bytes.length)) return found - 1
    }
  }

  /** The text of a number. */
  text(number: number): string {
    const start = this.start(number)
    return this.page(number).bytes.toString('utf8', start, start + this.length(number))
  }

  /** The memory that the text of a number lies in. */
  bytes(number: number): Buffer {
    return this.page(number).bytes
  }

  /** Offset of the text in it. */
  start(number: number): number {
    return 8 * (number & offsetMask) + 4 * headWords
  }

  /** Bytes of the text. */
  length(number: number): number {
    return this.page(number).words[2 * (number & offsetMask)] ?? 0
  }

  /** What `setOwner` noted; 0 at first. */
  owner(number: number): number {
    return this.page(number).words[2 * (number & offsetMask) + 1] ?? 0
  }

  /** Notes a number with a name. */
  setOwner(number: number, owner: number): void {
    this.page(number).words[2 * (number & offsetMask) + 1] = owner
  }

  /** Begins numbering the names that are asked for from now on, from 0. */
  beginMarks(): void {
    this.epoch += 1
    this.marked = []
  }

  /** Number of a name in order of first use since `beginMarks`. */
  mark(number: number): number {
    const { words } = this.page(number)
    const at = 2 * (number & offsetMask)
    if (words[at + 2] !== this.epoch) {
      words[at + 2] = this.epoch
      words[at + 3] = this.marked.length
      this.marked.push(number)
    }
    return words[at + 3] ?? 0
  }

  /** The names marked, in that order. */
  marks(): readonly number[] {
    return this.marked
  }

  private page(number: number): Page {
    const page = this.pages[number >>> pageShift]
    if (page === undefined) throw new RangeError(`there is no name ${number}`)
    return page
  }

  private equals(number: number, bytes: Uint8Array, from: number, to: number): boolean {
    const page = this.page(number)
    const offset = number & offsetMask
    const length = to - from
    if (page.words[2 * offset] !== length) return false
    const start = 8 * offset + 4 * headWords - from
    for (let at = from; at < to; at += 1) if (page.bytes[start + at] !== bytes[at]) return false
    return true
  }

  private add(hash: number, bytes: Uint8Array, from: number, to: number): number {
    const length = to - from
    const size = 8 * Math.ceil((4 * headWords + length) / 8)
    if (this.free + size > pageBytes) {
      this.pages.push(newPage(Math.max(pageBytes, size)))
      this.free = 0
    }
    const number = (this.pages.length - 1) * (offsetMask + 1) + this.free / 8
    const page = this.page(number)
    page.words[this.free / 4] = length
    page.bytes.set(bytes.subarray(from, to), this.free + 4 * headWords)
    this.free += size
    this.count += 1
    if (2 * this.count > this.mask) this.double()
    this.put(hash, number + 1)
    return number
  }

  private put(hash: number, value: number): void {
    const { slots, mask } = this
    let slot = hash & mask
    while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask
    slots[2 * slot] = hash
    slots[2 * slot + 1] = value
  }

  private double(): void {
    const { slots } = this
    this.mask = 2 * this.mask + 1
    this.slots = new Uint32Array(2 * (this.mask + 1))
    for (let at = 0; at < slots.length; at += 2) {
      const value = slots[at + 1] ?? 0
      if (value !== 0) this.put(slots[at] ?? 0, value)
    }
  }
}

/** Names that repeat from flow to flow (sources, currencies, regions): the one seen last is recognised by its bytes. */
export class RepeatedName {
  private names: Names | undefined
  private last = 0

  /** As `names.number`. */
  number(names: Names, bytes: Uint8Array, from: number, to: number): number {
    const { last } = this
    if (this.names !== names || names.length(last) !== to - from) return this.look(names, bytes, from, to)
    const known = names.bytes(last)
    const start = names.start(last) - from
    for (let at = from; at < to; at += 1) {
      if (known[start + at] !== bytes[at]) return this.look(names, bytes, from, to)
    }
    return last
  }

  private look(names: Names, bytes: Uint8Array, from: number, to: number): number {
    this.names = names
    this.last = names.number(bytes, from, to)
    return this.last
  }
}
