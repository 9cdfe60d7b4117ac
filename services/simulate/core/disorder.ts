/** Rows that come late, as they do from several banks. Pure. */
import type { Random } from './random.ts'
import type { Payment } from './transaction.ts'

/** One row in eight comes late, by up to the whole bound. */
const lateShare = 1 / 8

interface Waiting {
  readonly arrives: number
  readonly order: number
  readonly payment: Payment
}

/**
 * Lets some payments arrive late: when one is yielded, nothing newer than its own time plus `minutes` has been.
 * Holds only those on their way. Input must be ordered by `at`.
 */
export function* withDisorder(
  payments: Iterable<Payment>,
  minutes: number,
  random: Random,
): Generator<Payment, void, undefined> {
  const late: Waiting[] = []
  let order = 0
  for (const payment of payments) {
    for (let first = late[0]; first !== undefined && first.arrives <= payment.at; first = late[0]) {
      yield takeFirst(late).payment
    }
    if (random.chance(lateShare)) {
      const arrives = payment.at + 1000 * random.between(1, minutes * 60)
      push(late, { arrives, order: order++, payment })
    } else yield payment
  }
  while (late.length > 0) yield takeFirst(late).payment
}

function isBefore(a: Waiting, b: Waiting): boolean {
  return a.arrives < b.arrives || (a.arrives === b.arrives && a.order < b.order)
}

/** Binary heap: earliest arrival first. */
function push(heap: Waiting[], item: Waiting): void {
  let hole = heap.length
  heap.push(item)
  while (hole > 0) {
    const above = (hole - 1) >> 1
    const parent = heap[above]
    if (parent === undefined || !isBefore(item, parent)) break
    heap[hole] = parent
    hole = above
  }
  heap[hole] = item
}

function takeFirst(heap: Waiting[]): Waiting {
  const first = heap[0]
  const last = heap.pop()
  if (first === undefined || last === undefined) throw new RangeError('nothing is on its way')
  if (heap.length > 0) sink(heap, last)
  return first
}

function sink(heap: Waiting[], item: Waiting): void {
  let hole = 0
  for (;;) {
    const left = 2 * hole + 1
    const a = heap[left]
    if (a === undefined) break
    const b = heap[left + 1]
    const child = b !== undefined && isBefore(b, a) ? left + 1 : left
    const smaller = heap[child]
    if (smaller === undefined || !isBefore(smaller, item)) break
    heap[hole] = smaller
    hole = child
  }
  heap[hole] = item
}
