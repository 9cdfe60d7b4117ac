/** What really happened, by the labels: laundering patterns with their accounts, times and sums. Pure. */

/** The truth about one laundering transaction. */
export interface LaunderingLabel {
  readonly pattern: string
  readonly typology: string
}

/** One transaction as the truth needs it. `at`: ms since 1970; `amount`: in units of its currency. */
export interface LabelledTransaction {
  readonly txnId: string
  readonly at: number
  readonly amount: number
  /** Both sides as warnings name them. */
  readonly subjects: readonly [string, string]
}

/** A laundering pattern. Times: ms since 1970. */
export interface Pattern {
  readonly id: string
  readonly typology: string
  readonly subjects: Set<string>
  first: number
  last: number
  readonly payments: { readonly at: number; readonly amount: number }[]
}

/** A warning counts for a pattern until so long after the pattern's last transaction. */
export const graceMs = 86_400_000

/** Patterns, and how many transactions are legitimate. Memory: laundering transactions only. */
export class Truth {
  readonly patterns = new Map<string, Pattern>()
  legitimate = 0
  private readonly bySubject = new Map<string, Pattern[]>()
  private readonly labels: ReadonlyMap<string, LaunderingLabel>

  /** @param labels of laundering transactions, by txn_id; all others are legitimate */
  constructor(labels: ReadonlyMap<string, LaunderingLabel>) {
    this.labels = labels
  }

  /** Takes transactions in any order. */
  take({ txnId, at, amount, subjects }: LabelledTransaction): void {
    const label = this.labels.get(txnId)
    if (label === undefined) {
      this.legitimate += 1
      return
    }
    // A laundering transaction of no pattern is one of its own.
    const id = label.pattern === '' ? `u${txnId}` : label.pattern
    let pattern = this.patterns.get(id)
    if (pattern === undefined) {
      pattern = { id, typology: label.typology, subjects: new Set(), first: at, last: at, payments: [] }
      this.patterns.set(id, pattern)
    }
    for (const subject of subjects) this.join(pattern, subject)
    pattern.first = Math.min(pattern.first, at)
    pattern.last = Math.max(pattern.last, at)
    pattern.payments.push({ at, amount })
  }

  private join(pattern: Pattern, subject: string): void {
    if (pattern.subjects.has(subject)) return
    pattern.subjects.add(subject)
    const known = this.bySubject.get(subject)
    if (known === undefined) this.bySubject.set(subject, [pattern])
    else known.push(pattern)
  }

  /**
   * The patterns in two halves, every typology shared between them: parameters are chosen on one half and reported on the other.
   * The same in every run. Ask when all transactions are taken.
   */
  halves(): Map<Pattern, 1 | 2> {
    const sorted = [...this.patterns.values()].toSorted((a, b) =>
      a.typology === b.typology ? (a.id < b.id ? -1 : 1) : a.typology < b.typology ? -1 : 1,
    )
    return new Map(sorted.map((pattern, index) => [pattern, index % 2 === 0 ? 1 : 2]))
  }

  /** Patterns that a warning on a subject at a time speaks of: from their first transaction to a day after their last. */
  spokenOf(subject: string, at: number): Pattern[] {
    const patterns = this.bySubject.get(subject) ?? []
    return patterns.filter(({ first, last }) => first <= at && at <= last + graceMs)
  }
}
