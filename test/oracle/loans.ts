/** R26, where SQL has no words: loans followed payment by payment, plainly and slowly. By docs/spec/warn.md alone. */

/** A flow as the tables of the oracle have it; CNY in fen. */
export interface Movement {
  readonly subject: string
  readonly n: number
  readonly direction: 'in' | 'out'
  /** Milliseconds since 1970. */
  readonly at: number
  /** Shanghai month, `2026-02`. */
  readonly month: string
  /** A flow at or before this moment is no longer in the window of 12 months that ends with this one; milliseconds since 1970. */
  readonly after: number
  readonly kind: string
  readonly party: string
  /** Null without a rate: a moment at which to look, and nothing else. */
  readonly fen: number | null
}

interface Loan {
  readonly party: string
  readonly lent: number
}

const dayMs = 86_400_000
const yearMs = 365n * BigInt(dayMs)

/** 36 % a year on `owed` fen for `ms`, half up. */
function interest(owed: number, ms: number): number {
  const [parts, whole] = [BigInt(owed) * BigInt(ms) * 36n, 100n * yearMs]
  return Number((2n * parts + whole) / (2n * whole))
}

/** Loans to one party that were settled and count. @param moves in order */
function settled(party: string, moves: readonly Movement[]): Loan[] {
  const loans: Loan[] = []
  let [lent, owed, due, repaid, first, last] = [0, 0, 0, 0, 0, 0]
  for (const { direction, at, fen } of moves) {
    if (fen === null) continue
    if (owed + due > 0) due += interest(owed, at - last)
    if (direction === 'out') {
      if (owed + due === 0) [lent, repaid, first] = [0, 0, at]
      lent += fen
      owed += fen
    } else if (owed + due > 0) {
      repaid += fen
      const toInterest = Math.min(due, fen)
      due -= toInterest
      owed = Math.max(0, owed - (fen - toInterest))
      if (owed + due === 0 && lent >= 1_000_00 && at - first >= 6 * dayMs && repaid <= 2 * lent)
        loans.push({ party, lent })
    }
    last = at
  }
  return loans
}

/** Loans in a window, of all parties. */
function loansOf(window: readonly Movement[]): Loan[] {
  const byParty = Map.groupBy(window, ({ party }) => party)
  return [...byParty].flatMap(([party, moves]) =>
    settled(
      party,
      moves.toSorted(
        (a, b) =>
          a.at - b.at ||
          (a.direction === b.direction ? Number(a.fen) - Number(b.fen) : a.direction === 'out' ? -1 : 1),
      ),
    ),
  )
}

function borrowersOf(loans: readonly Loan[]): number {
  return new Set(loans.map(({ party }) => party)).size
}

function lentBy(loans: readonly Loan[]): number {
  return loans.reduce((sum, { lent }) => sum + lent, 0)
}

/** Levels that hold at the last flow of a window. */
function levelsOf(window: readonly Movement[]): string[] {
  const all = loansOf(window)
  const borrowers = borrowersOf(all)
  if (all.length < 10) return []
  const by = (kind: string): Loan[] => loansOf(window.filter((one) => one.kind === kind))
  const [person, enterprise] = [by('person'), by('enterprise')]
  const isLarge = lentBy(person) >= 2_000_000_00 || lentBy(enterprise) >= 10_000_000_00
  const isWide = borrowersOf(person) >= 50 || borrowersOf(enterprise) >= 150
  return [...(borrowers >= 3 ? ['yellow'] : []), ...((borrowers >= 3 && isLarge) || isWide ? ['red'] : [])]
}

/** What R26 says: lines of rule, subject, period and level. @param movements of all subjects, each in event order */
export function lending(
  movements: readonly Movement[],
): readonly (readonly [string, string, string, string])[] {
  const found = new Map<string, readonly [string, string, string, string]>()
  for (const [subject, own] of Map.groupBy(movements, (one) => one.subject)) {
    // Ten loans need ten receipts from those who were paid.
    if (own.filter(({ direction }) => direction === 'in').length < 10) continue
    for (const [index, { direction, after, month }] of own.entries()) {
      if (direction !== 'in') continue
      const window = own.slice(0, index + 1).filter(({ at }) => at > after)
      for (const level of levelsOf(window))
        found.set(`${subject} ${month} ${level}`, ['R26', subject, month, level])
    }
  }
  return [...found.values()]
}
