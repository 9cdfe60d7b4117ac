/** How many warnings of a rule and level got which card: all that the fold keeps of grades. Nobody is scored by it. Pure. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { Compile } from 'typebox/compile'

const Count = Type.Object({
  rule_id: Type.String({ minLength: 1, maxLength: 64 }),
  level: Type.String({ maxLength: 16 }),
  card: Type.String({ maxLength: 16 }),
  /** Negative: so many got another card. */
  n: Type.Integer(),
})

/** A number of labelled warnings, or a change of it. */
export type LabelCount = Static<typeof Count>
/** Numbers by rule, level and card, `R12|yellow|red`. */
export type LabelCounts = Readonly<Record<string, number>>

const changes = Compile(Type.Array(Count))

/** The numbers of one partition. `counts` is another object after each change. */
export class LabelBook {
  counts: LabelCounts

  constructor(counts: LabelCounts = {}) {
    this.counts = counts
  }

  /** Adds what a control says. @returns false when it cannot be read */
  take(content: string): boolean {
    const value = parsed(content)
    if (!changes.Check(value)) return false
    const after: Record<string, number> = { ...this.counts }
    for (const { rule_id, level, card, n } of value) {
      const key = `${rule_id}|${level}|${card}`
      after[key] = (after[key] ?? 0) + n
    }
    this.counts = after
    return true
  }

  /** The numbers one by one. */
  list(): LabelCount[] {
    return Object.entries(this.counts).map(([key, n]) => {
      const [rule_id = '', level = '', card = ''] = key.split('|')
      return { rule_id, level, card, n }
    })
  }
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}
