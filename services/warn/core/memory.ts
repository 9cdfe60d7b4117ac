/** Memory for many small growing things: ranges of a few sizes, cut from large pages, given back and used again. Pure. */

/** A page seen as bytes, 32-bit words and doubles. */
export interface Page {
  readonly bytes: Buffer
  readonly words: Uint32Array
  readonly doubles: Float64Array
}

/** Part of a page. `at` is an offset in bytes, a multiple of 8. */
export interface Range {
  readonly page: Page
  readonly at: number
  /** Bytes. */
  readonly size: number
}

const pageBytes = 1 << 20
const unit = 32
/** Ranges larger than this get a page of their own. */
const cutMax = pageBytes / 4

/** Sizes of ranges: 64, 96, 128, 192, 256, 384, … */
function sizes(): number[] {
  const list: number[] = []
  for (let size = 64; size <= cutMax; size *= 2) list.push(size, 1.5 * size)
  return list.filter((size) => size <= cutMax)
}

function newPage(size: number): Page {
  const buffer = new ArrayBuffer(size)
  return {
    bytes: Buffer.from(buffer),
    words: new Uint32Array(buffer),
    doubles: new Float64Array(buffer),
  }
}

/** Holds nothing. */
export const noRange: Range = { page: newPage(0), at: 0, size: 0 }

/** Index of the smallest size that is large enough, by size in units of 32 bytes, rounded up. */
function indexBySize(list: readonly number[]): Uint8Array {
  const units = new Uint8Array(cutMax / unit + 1)
  for (let index = list.length - 1; index >= 0; index -= 1)
    units.fill(index, 0, (list[index] ?? 0) / unit + 1)
  return units
}

/** Gives out ranges. What is in a new one is undefined. */
export class Memory {
  private readonly sizes = sizes()
  private readonly indices = indexBySize(this.sizes)
  private readonly free: Range[][] = this.sizes.map(() => [])
  private page = noRange.page
  private used = 0
  /** Bytes given out and not given back. */
  inUse = 0

  /** A range of at least `size` bytes. */
  take(size: number): Range {
    if (size > cutMax) {
      // Room to grow: the next range is a copy of all that is in this one.
      const rounded = 8 * Math.ceil(size / 6)
      this.inUse += rounded
      return { page: newPage(rounded), at: 0, size: rounded }
    }
    const index = this.indices[Math.ceil(size / unit)] ?? 0
    const rounded = this.sizes[index] ?? cutMax
    this.inUse += rounded
    const range = this.free[index]?.pop()
    if (range !== undefined) return range
    if (this.used + rounded > this.page.bytes.length) {
      this.page = newPage(pageBytes)
      this.used = 0
    }
    const at = this.used
    this.used += rounded
    return { page: this.page, at, size: rounded }
  }

  /** Gives a range back; nobody may use it any more. */
  give(page: Page, at: number, size: number): void {
    this.inUse -= size
    // Pages of one range are left to the garbage collector.
    if (size === 0 || size > cutMax) return
    this.free[this.indices[size / unit] ?? 0]?.push({ page, at, size })
  }
}
