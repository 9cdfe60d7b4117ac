/** What must not stand in any file. */
import type { Finding, Source } from './source.ts'

interface TextRule {
  readonly rule: string
  readonly pattern: RegExp
  readonly advice: string
}

// Written in pieces, so that this file does not break its own rules.
const rules: readonly TextRule[] = [
  {
    rule: 'machine-path',
    pattern: /(?<![\w.$}/-])\/(?:work|home|root|Users|tmp)\/[\w.-]/g,
    advice: 'a path of one machine: derive it from import.meta.url, os.tmpdir() or a setting',
  },
  {
    rule: 'placeholder',
    pattern: new RegExp(`\\b(?:TO${'DO'}|FIX${'ME'}|lorem ip${'sum'})\\b`, 'gi'),
    advice: 'finish it, or write it down as a limit in the documents',
  },
  {
    rule: 'silenced-check',
    pattern: new RegExp(`@ts-(?:ig${'nore'}|no${'check'})|(?:es|ox)lint-dis${'able'}(?![^\\n]* -- \\S)`, 'g'),
    advice: 'mend what the check found; if it is wrong, disable one rule on one line with ` -- why`',
  },
  {
    rule: 'conflict-marker',
    pattern: /^(?:<{7}|>{7}) /gm,
    advice: 'resolve the conflict',
  },
  {
    rule: 'wording',
    pattern: new RegExp(`\\b(?:white|black)${'list'}`, 'gi'),
    advice: 'say allow list or deny list, or what the list is for',
  },
]

const vagueFolder = /(?:^|\/)(?:utils?|helpers?|misc|shared|common)\//

/** Checks the text and the path of one file. */
export function textFindings({ path, text }: Source): Finding[] {
  const inText = rules.flatMap(({ rule, pattern, advice }) =>
    [...text.matchAll(pattern)].map((match) => ({
      path,
      line: text.slice(0, match.index).split('\n').length,
      rule,
      advice: `'${match[0]}': ${advice}`,
    })),
  )
  if (!vagueFolder.test(path)) return inText
  const advice = 'a folder is named after what it is about, not after being handy'
  return [...inText, { path, line: 1, rule: 'folder-name', advice }]
}
