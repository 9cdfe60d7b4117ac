/** Reads rule files from disk; the shipped working calendar goes into a set that carries none of its own. */
import { readFile } from 'node:fs/promises'
import { chinaCalendar, chinaEntries } from '../../platform/calendar/china.ts'
import type { RuleProblem, RuleSetContent, WorkingDayTable } from '../core/rules/rule-file.ts'
import { RuleFileError, readRuleFile } from '../core/rules/rule-file.ts'

/** The rule file shipped with the product. */
export const defaultRuleFile: URL = new URL('../rules/default.yaml', import.meta.url)

/** The shipped working calendar as rule sets carry it. */
export const shippedCalendar: WorkingDayTable = {
  version: chinaCalendar.version,
  off: chinaEntries.flatMap((entry) => (entry.kind === 'off' ? [entry.date] : [])),
  work: chinaEntries.flatMap((entry) => (entry.kind === 'work' ? [entry.date] : [])),
}

/**
 * The rule set in a file; without a path the one shipped.
 * @throws RuleFileError with every problem; the file system's error when it cannot be read
 */
export async function loadRuleSet(path: string | URL = defaultRuleFile): Promise<RuleSetContent> {
  const read = readRuleFile(await readFile(path, 'utf8'), shippedCalendar)
  if ('problems' in read) throw new RuleFileError(read.problems)
  return read
}

/** All problems of a rule file, for `weir rules lint`; empty when it can be published. @throws the file system's error when it cannot be read */
export async function lintRuleFile(path: string | URL): Promise<readonly RuleProblem[]> {
  const read = readRuleFile(await readFile(path, 'utf8'), shippedCalendar)
  return 'problems' in read ? read.problems : []
}
