/** How the values of a rule read: their words, and thresholds as bounds. Pure. */
import type { RuleWord } from './rule-words.ts'
import { ruleWords } from './rule-words.ts'

/** What a value is called, what it is, and the unit that people say of a count. */
export interface ValueWords {
  readonly zh: string
  readonly en: string
  readonly unit: RuleWord[2]
  readonly counted: { readonly zh: string; readonly en: string }
}

/** The words for a value of a rule; one of a rule that is not shipped goes by its own name. */
export function wordsOf(ruleId: string, name: string): ValueWords {
  const [zh, en, unit, countedZh, countedEn] = ruleWords[`${ruleId}.${name}`] ?? [name, name, 'count', '', '']
  return { zh, en, unit, counted: { zh: countedZh, en: countedEn } }
}

/** A number as the engine writes it, with thousands or as a percentage; text that is no number stays as it is. */
export function readableNumber(text: string, unit: ValueWords['unit']): string {
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) return text
  if (unit === 'ratio') return `${Number((Number(text) * 100).toFixed(2))}%`
  const [whole = '', fraction = ''] = text.split('.')
  const grouped = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
  return /^0*$/.test(fraction) ? grouped : `${grouped}.${fraction}`
}

/** The two ends of a threshold: `5` is at least 5, `..5` at most, `1..5` both. */
export function boundsOf(threshold: string): { readonly low: string; readonly high: string } {
  const [low = '', high = ''] = threshold.split('..')
  return { low, high }
}
