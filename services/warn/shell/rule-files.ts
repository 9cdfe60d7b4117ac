/** Reads rule files from disk; the shipped working calendar goes into a set that carries none of its own. */
import { readFile } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parse } from 'yaml'
import { chinaCalendar, chinaEntries } from '../../platform/calendar/china.ts'
import type { RuleExample } from '../core/rules/examples.ts'
import { readExamples } from '../core/rules/examples.ts'
import { applyProfile, extendedBy } from '../core/rules/profile.ts'
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
 * The rule set in a file, which may be a profile (`extends: FILE`); without a path the one shipped. A relative path that is not here
 * is looked for beside the shipped set, so that `profiles/berka.yaml` is found from anywhere.
 * @throws RuleFileError with every problem; the file system's error when it cannot be read
 */
export async function loadRuleSet(path: string | URL = defaultRuleFile): Promise<RuleSetContent> {
  const read = readRuleFile(await wholeText(path), shippedCalendar)
  if ('problems' in read) throw new RuleFileError(read.problems)
  return read
}

/** All problems of a rule file and of its examples, for `weir rules lint`; empty when it can be published. @throws the file system's error when it cannot be read */
export async function lintRuleFile(path: string | URL): Promise<readonly RuleProblem[]> {
  const read = readRuleFile(await wholeText(path), shippedCalendar)
  return [...('problems' in read ? read.problems : []), ...(await exampleProblems(path))]
}

/** Text of a rule file; of a profile, the JSON of the file it changes with its changes. */
async function wholeText(path: string | URL): Promise<string> {
  const { url, text } = await readHere(path)
  const profile = parsed(text)
  const base = extendedBy(profile)
  if (base === undefined) return text
  const baseText = await readFile(new URL(base, url), 'utf8')
  return JSON.stringify(applyProfile(parsed(baseText), profile))
}

async function exampleProblems(path: string | URL): Promise<readonly RuleProblem[]> {
  try {
    await loadExamples(path)
    return []
  } catch (error) {
    if (error instanceof RuleFileError) return error.problems
    throw error
  }
}

/**
 * Examples in a rule file (`examples:`) and beside it (`NAME.examples.yaml`, a list).
 * @throws RuleFileError with every problem; the file system's error when the rule file cannot be read
 */
export async function loadExamples(path: string | URL = defaultRuleFile): Promise<readonly RuleExample[]> {
  const { url, text } = await readHere(path)
  const beside = new URL(url.href.replace(/\.[a-z]+$/, '.examples.yaml'))
  const texts = await readFile(beside, 'utf8').catch(() => '')
  const inside = parsed(text) as { readonly examples?: unknown } | undefined
  return [inside?.examples, parsed(texts)].flatMap((raw) => {
    if (raw === undefined || raw === null) return []
    const read = readExamples(raw)
    if ('problems' in read) throw new RuleFileError(read.problems)
    return read
  })
}

async function readHere(path: string | URL): Promise<{ readonly url: URL; readonly text: string }> {
  const url = path instanceof URL ? path : pathToFileURL(path)
  try {
    return { url, text: await readFile(url, 'utf8') }
  } catch (error) {
    if (path instanceof URL || isAbsolute(path)) throw error
    const shipped = new URL(path, defaultRuleFile)
    const text = await readFile(shipped, 'utf8').catch(() => undefined)
    if (text === undefined) throw error
    return { url: shipped, text }
  }
}

/** What a text says; undefined when it is no YAML, which whoever checks the text reports. */
function parsed(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}
