/**
 * Summaries of runs of a subject's flows, so that what is asked of a long window is put together from a few of them: a flat tree with
 * many children to a node (Tangwongsan, Hirzel, Schneider, Wu: General Incremental Sliding-Window Aggregation, VLDB 2015). For totals that
 * cannot be taken back when a flow leaves the window. Pure.
 */
import type { Subject } from './subject.ts'

/** A kind of summary that all subjects share. */
export interface RunShape {
  /** Index into a subject's trees. */
  readonly slot: number
  /** Numbers in a summary, 8 at most. */
  readonly width: number
  /** Writes the summary of no flow. */
  clear(into: Float64Array, at: number): void
  /** Appends one flow to what was summed up. */
  append(into: Float64Array, at: number, subject: Subject, index: number): void
  /** Appends a summary to what was summed up. */
  join(into: Float64Array, at: number, from: Float64Array, fromAt: number): void
}

/** Runs of at most so many flows are summed up flow by flow, without a tree. */
export const shortRun = 32
/** Numbers of a summary, at most. */
const widthMax = 8
const scratch = new Float64Array(widthMax)

/** Sums up a short run. @returns the same memory for every question */
export function sumOfRun(shape: RunShape, subject: Subject, from: number, to: number): Float64Array {
  shape.clear(scratch, 0)
  for (let at = from; at < to; at += 1) shape.append(scratch, 0, subject, at)
  return scratch
}

const fanShift = 4
const fan = 1 << fanShift
const levels = 3

/** One kind of summary of one subject. */
export class RunTree {
  private readonly shape: RunShape
  /** Level 0 sums up 16 flows each, level 1 256, level 2 4,096. */
  private readonly nodes: Float64Array[] = Array.from({ length: levels }, () => new Float64Array(0))
  /** Nodes of each level that stand for the flows as they are now. */
  private readonly valid = new Uint32Array(levels)
  /** What the last question came to. */
  readonly total: Float64Array

  constructor(shape: RunShape) {
    this.shape = shape
    this.total = new Float64Array(shape.width)
  }

  /** The flows from `index` on are other ones. */
  changed(index: number): void {
    for (let level = 0; level < levels; level += 1) {
      const node = index >>> (fanShift * (level + 1))
      if ((this.valid[level] ?? 0) > node) this.valid[level] = node
    }
  }

  /** Sums up the flows from `from` to `to` (exclusive) in event order. @returns `total`; good until the next question */
  sum(subject: Subject, from: number, to: number): Float64Array {
    const { shape, total } = this
    shape.clear(total, 0)
    let at = from
    while (at < to) {
      let level = -1
      while (level + 1 < levels && isWhole(at, to, level + 1)) level += 1
      if (level < 0) {
        shape.append(total, 0, subject, at)
        at += 1
      } else {
        const node = at >>> (fanShift * (level + 1))
        const nodes = this.node(subject, level, node)
        shape.join(total, 0, nodes, node * shape.width)
        at += 1 << (fanShift * (level + 1))
      }
    }
    return total
  }

  /** The summaries of a level, with those up to `node` made. */
  private node(subject: Subject, level: number, node: number): Float64Array {
    let made = this.valid[level] ?? 0
    if (made <= node) {
      this.room(level, node + 1)
      for (; made <= node; made += 1) this.make(subject, level, made)
      this.valid[level] = made
    }
    return this.nodes[level] ?? this.total
  }

  private make(subject: Subject, level: number, node: number): void {
    const { shape } = this
    const { width } = shape
    const below = level === 0 ? undefined : this.node(subject, level - 1, node * fan + fan - 1)
    const nodes = this.nodes[level] ?? this.total
    const at = node * width
    shape.clear(nodes, at)
    for (let child = node * fan; child < node * fan + fan; child += 1) {
      if (below === undefined) shape.append(nodes, at, subject, child)
      else shape.join(nodes, at, below, child * width)
    }
  }

  private room(level: number, count: number): void {
    const nodes = this.nodes[level]
    const needed = count * this.shape.width
    if (nodes !== undefined && nodes.length >= needed) return
    const larger = new Float64Array(Math.max(2 * needed, fan * this.shape.width))
    if (nodes !== undefined) larger.set(nodes)
    this.nodes[level] = larger
  }
}

/** A node of the level begins at `at` and ends before `to`. */
function isWhole(at: number, to: number, level: number): boolean {
  const size = 1 << (fanShift * (level + 1))
  return (at & (size - 1)) === 0 && at + size <= to
}
