/** services/web/browser/case/rule-words.ts: what the values of each shipped rule are called, and in what they are counted. */
import { compileRuleSet } from '../services/warn/core/rules/compile.ts'
import { loadRuleSet } from '../services/warn/shell/rule-files.ts'

const head = `/* Written by \`npm run docs\` from services/warn/rules/default.yaml: edit that instead. */

/** Name in Chinese and English, what the value is, and the unit that people say of a count. */
export type RuleWord = readonly [zh: string, en: string, unit: 'cny' | 'usd' | 'ratio' | 'count', countedZh: string, countedEn: string]

/** By rule and value: \`R12.payers\`. */
export const ruleWords: Readonly<Record<string, RuleWord>> = {
`

/** The module as TypeScript, a line for each value. */
export async function ruleWordsModule(): Promise<string> {
  const lines = compileRuleSet(await loadRuleSet()).rules.flatMap(({ spec: { id }, metrics }) =>
    metrics.map(({ name, unit, spec }) => {
      const { zh = '', en = '' } = spec.unit ?? {}
      return `  ${quoted(`${id}.${name}`)}: [${[spec.name.zh, spec.name.en, unit, zh, en].map(quoted).join(', ')}],\n`
    }),
  )
  return `${head}${lines.join('')}}\n`
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, (one) => `\\${one}`)}'`
}
