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

  /** Patterns that a warning on a subject at a time speaks of: from their first transaction to a day after their last. */
  spokenOf(subject: string, at: number): Pattern[] {
    const patterns = this.bySubject.get(subject) ?? []
    return patterns.filter(({ first, last }) => first <= at && at <= last + graceMs)
  }
}

/**
 * Which half of the patterns one belongs to, by its id: parameters are chosen on one half and reported on the other.
 * @returns 1 or 2, the same in every run
 */
export function halfOf({ id }: Pick<Pattern, 'id'>): 1 | 2 {
  // FNV-1a; its lowest bit alone would follow the last character.
  let hash = 0x81_1c_9d_c5
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01_00_01_93)
  }
  return ((hash >>> 16) & 1) === 0 ? 1 : 2
}
