/** Subjects to look at again once the watermark has passed a time: a binary heap, least time first, ties by subject. Pure. */
import type { HeldFlows } from './held-flows.ts'

/** One entry. */
export type Due = readonly [time: number, subject: string]

function isBefore(a: Due, b: Due): boolean {
  return a[0] === b[0] ? a[1] < b[1] : a[0] < b[0]
}

/** In a replay at `offset`: what a subject stored ahead of it waits for is not among what waited when the replay begins. */
export function waitAgain(subject: HeldFlows, offset: number, due: { push(entry: Due): void }): void {
  if (subject.storedTo <= offset) return
  for (let index = 0; index < subject.count; index += 1) {
    if (subject.isPendingAt(index)) due.push([subject.timeAt(index), subject.id])
  }
}

/** Min-heap of entries; equal entries may occur more than once. */
export class DueQueue {
  private readonly heap: Due[] = []

  constructor(entries: readonly Due[] = []) {
    for (const entry of entries) this.push(entry)
  }

  get size(): number {
    return this.heap.length
  }

  push(entry: Due): void {
    const { heap } = this
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || !isBefore(entry, parent)) break
      heap[at] = parent
      at = above
    }
    heap[at] = entry
  }

  /** Takes the least entry if its time is before `time`. */
  popBefore(time: number): Due | undefined {
    const { heap } = this
    const least = heap[0]
    if (least === undefined || least[0] >= time) return undefined
    const last = heap.pop()
    if (last !== undefined && heap.length > 0) this.sink(last)
    return least
  }

  private sink(entry: Due): void {
    const { heap } = this
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const right = heap[left + 1]
      let child = heap[left]
      if (child === undefined) break
      const takesRight = right !== undefined && isBefore(right, child)
      if (takesRight) child = right
      if (!isBefore(child, entry)) break
      heap[at] = child
      at = takesRight ? left + 1 : left
    }
    heap[at] = entry
  }

  /** All entries, in no particular order. */
  entries(): readonly Due[] {
    return this.heap
  }
}
