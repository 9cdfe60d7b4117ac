/** What one subject holds of the paths that money took to it: bounded, in an order that does not depend on arrival. Pure. */
import type { PathPayment, PathToken } from '../../../../schemas/types.ts'
import { dayMs } from '../../../platform/calendar/day.ts'
import type { RateTable } from '../rates.ts'

/** A subject holds at most so many; then the oldest are given up, and an outcome says so. */
export const heldMax = 128

/** It is said again after this long that a subject has too much of something. */
export const boundSaidDays = 30

/** Memory of one, bytes, about. Measured once, for four payments. */
const tokenBytes = 1_400

/** A token where it is held. Never changes; money in fen is computed once for each table of rates. */
export class HeldPath {
  readonly token: PathToken
  readonly first: PathPayment
  readonly last: PathPayment
  readonly times: readonly number[]
  /** Names the path: each transaction in its order. */
  readonly key: string
  private rates: RateTable | undefined
  private fens: readonly number[] = []

  /** @throws RangeError when the token has no payment */
  constructor(token: PathToken) {
    const first = token.payments[0]
    const last = token.payments.at(-1)
    if (first === undefined || last === undefined)
      throw new RangeError('a path without payments: the flows are damaged')
    this.token = token
    this.first = first
    this.last = last
    this.times = token.payments.map(({ event_time }) => event_time)
    this.key = JSON.stringify(token.payments.map(({ source_id, txn_id }) => [source_id, txn_id]))
  }

  /** Number of payments. */
  get length(): number {
    return this.token.payments.length
  }

  /** The money is back where it started. */
  get isHome(): boolean {
    return this.first.payer_id === this.token.subject_id
  }

  /** True when a subject paid on the way; the origin too. */
  isPayer(id: string): boolean {
    return this.token.payments.some(({ payer_id }) => payer_id === id)
  }

  /** Fen of each payment; NaN without a rate. */
  money(rates: RateTable): readonly number[] {
    if (this.rates !== rates) {
      this.rates = rates
      this.fens = this.token.payments.map(({ amount, currency, event_time }) =>
        rates.cny(amount, currency, event_time),
      )
    }
    return this.fens
  }
}

/** Order of paths: by the time of the last payment, then by their names. */
export function comparePaths(a: HeldPath, b: HeldPath): number {
  const ms = a.last.event_time - b.last.event_time
  if (ms !== 0) return ms
  if (a.key === b.key) return 0
  return a.key < b.key ? -1 : 1
}

/** The paths of one subject; only subjects that hold some, or had too many, have one of these. */
export class HeldPaths {
  /** In order, each once. */
  list: readonly HeldPath[] = []
  /** Event time at which it was last said that there are too many; −∞: never. */
  saidAt = Number.NEGATIVE_INFINITY

  /** Whether it is to be said now that there are too many. */
  maySay(now: number): boolean {
    if (now - this.saidAt < boundSaidDays * dayMs) return false
    this.saidAt = now
    return true
  }

  /** Adds a path. @returns false when it was there already */
  add(path: HeldPath): boolean {
    let at = this.list.length
    for (; at > 0; at -= 1) {
      const before = this.list[at - 1]
      if (before === undefined) break
      const order = comparePaths(before, path)
      if (order === 0) return false
      if (order < 0) break
    }
    this.list = this.list.toSpliced(at, 0, path)
    return true
  }

  /** Gives up those that are over, then the oldest beyond the bound. @returns the first one given up for the bound */
  keepBounded(isOver: (path: HeldPath) => boolean): HeldPath | undefined {
    this.forget(isOver)
    const excess = this.list.length - heldMax
    if (excess <= 0) return undefined
    const [first] = this.list
    this.list = this.list.slice(excess)
    return first
  }

  /** Gives up those that are over. @returns whether there were any */
  forget(isOver: (path: HeldPath) => boolean): boolean {
    if (!this.list.some((path) => isOver(path))) return false
    this.list = this.list.filter((path) => !isOver(path))
    return true
  }

  /** Memory taken, bytes, about. */
  get bytes(): number {
    return tokenBytes * this.list.length
  }
}

/** What a subject holds; begun when it is first asked for. */
export function heldBy(subject: { paths: HeldPaths | undefined }): HeldPaths {
  const holder = subject
  holder.paths ??= new HeldPaths()
  return holder.paths
}
