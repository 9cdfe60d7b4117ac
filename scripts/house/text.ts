/** What must not stand in any file. */
import type { Finding, Source } from './source.ts'

interface TextRule {
  readonly rule: string
  readonly pattern: RegExp
  readonly advice: string
}

/** Files that have to name what they refuse. */
const ownFiles = new Set(['scripts/house/text.ts', 'test/house-rules.unit.spec.ts'])

const rules: readonly TextRule[] = [
  {
    rule: 'machine-path',
    pattern: /(?<![\w.$}/-])\/(?:work|home|root|Users|tmp)\/[\w.-]/g,
    advice: 'a path of one machine: derive it from import.meta.url, os.tmpdir() or a setting',
  },
  {
    rule: 'placeholder',
    pattern: /\b(?:TODO|FIXME|lorem ipsum)\b/gi,
    advice: 'finish it, or write it down as a limit in the documents',
  },
  {
    rule: 'silenced-check',
    pattern: /@ts-(?:ignore|nocheck)|(?:es|ox)lint-disable(?![^\n]* -- \S)/g,
    advice: 'mend what the check found; if it is wrong, disable one rule on one line with ` -- why`',
  },
  {
    rule: 'conflict-marker',
    pattern: /^(?:<{7}|>{7}) /gm,
    advice: 'resolve the conflict',
  },
  {
    rule: 'wording',
    pattern: /\b(?:white|black)list/gi,
    advice: 'say allow list or deny list, or what the list is for',
  },
]

const vagueFolder = /(?:^|\/)(?:utils?|helpers?|misc)\//

/** Checks the text and the path of one file. */
export function textFindings({ path, text }: Source): Finding[] {
  if (ownFiles.has(path)) return []
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
