import { createWriteStream } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import type { FactKind } from '../../../schemas/fact.ts'
import type { AlertLevel, Fact } from '../../../schemas/types.ts'
import { openFacts, openInput, plainFact, plainTransaction } from '../../ingest/app.ts'
import type { Input } from '../../ingest/app.ts'
import { createReplay, fedRules, loadRuleSet, warningToJson } from '../../warn/app.ts'
import type { Emission, Replay, RuleSetContent } from '../../warn/app.ts'
import { encodingOf, factKindOf, openRefusal } from '../input.ts'
import { CommandError, count, duration, exitCodes, printJson, progressLine } from '../terminal.ts'
import { replayLog } from './replay-log.ts'

/** Options of `weir replay`. */
export interface ReplayCommandOptions {
  /** A data folder, or true: the configured log. */
  readonly log?: string | true
  readonly rules?: string
  /** `KIND=FILE`. */
  readonly facts?: readonly string[]
  readonly out: string
  readonly encoding?: string
  readonly json?: boolean
}

/** What summary.json holds: figures of the input only, so that the same file gives the same bytes. */
interface ReplaySummary {
  transactions: number
  flows: number
  duplicates: number
  refused: Record<string, number>
  warnings: Record<AlertLevel, number>
  by_rule: Record<string, number>
  subjects_warned: number
  outcomes: Record<string, number>
  /** Kinds of facts that were given, and what was refused of them by reason. */
  facts: { fed: readonly string[]; refused: Record<string, number> }
  /** Rules that could not hit, for want of facts: that is not the same as no hit. */
  not_fed: readonly string[]
  /** Rules of which some lines could not be reached. */
  partly_fed: readonly string[]
  rule_set: { id: string; version: number; sha256: string }
  input_sha256: string
}

/** Gathers what a replay says: warnings to a file, everything into figures. */
class Findings {
  readonly warnings: Record<AlertLevel, number> = { red: 0, orange: 0, yellow: 0, blue: 0 }
  readonly byRule: Record<string, number> = {}
  readonly outcomes: Record<string, number> = {}
  readonly subjects = new Set<string>()

  /** @returns the NDJSON lines of the warnings among the emissions */
  take(emissions: readonly Emission[]): string {
    let lines = ''
    for (const emission of emissions) {
      if (emission.type === 'outcome') {
        const { kind, reason } = emission.outcome
        add(this.outcomes, `${kind}:${reason}`)
        continue
      }
      const { warning } = emission
      this.warnings[warning.level] += 1
      this.subjects.add(warning.subject_id)
      add(this.byRule, warning.rules[0]?.rule_id ?? '')
      lines += `${warningToJson(warning)}\n`
    }
    return lines
  }
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}

function sorted(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** `weir replay FILE` or `weir replay --log`. @throws CommandError `usage` for neither or both */
export async function replay(file: string | undefined, options: ReplayCommandOptions): Promise<void> {
  const { log, out, json } = options
  if ((file === undefined) === (log === undefined))
    throw new CommandError('name a file, or --log for what a log recorded: one of the two', exitCodes.usage)
  if (file !== undefined) return replayFile(file, options)
  if (options.rules !== undefined)
    throw new CommandError(
      '--log replays with the rule sets recorded in the log; --rules is for files',
      exitCodes.usage,
    )
  return replayLog({ out, isJson: json === true, ...(typeof log === 'string' && { data: log }) })
}

/** Scores a file without a server; writes warnings.ndjson and summary.json, each complete or not at all. */
async function replayFile(file: string, options: ReplayCommandOptions): Promise<void> {
  const ruleSet = await loadRuleSet(options.rules)
  const encoding = encodingOf(options.encoding)
  const input = await openInput(file, encoding === undefined ? {} : { encoding })
  if (input.kind === 'refused') throw openRefusal(file, input)
  await mkdir(options.out, { recursive: true })
  try {
    const engine = createReplay(ruleSet)
    const findings = new Findings()
    const given = await readFacts(options.facts ?? [], encoding)
    const refused = await score(input, engine, findings, given.facts, join(options.out, 'warnings.ndjson'))
    const { transactions, flows, duplicates, refused: conflicts } = engine.counts()
    const summary: ReplaySummary = {
      transactions,
      flows,
      duplicates,
      refused: sorted({ ...refused, ...positive(conflicts) }),
      warnings: findings.warnings,
      by_rule: sorted(findings.byRule),
      subjects_warned: findings.subjects.size,
      outcomes: sorted(findings.outcomes),
      ...feedingOf(engine, ruleSet, given.refused),
      rule_set: { id: ruleSet.file.rule_set_id, version: ruleSet.file.version, sha256: ruleSet.sha256 },
      input_sha256: input.sha256,
    }
    await writeWhole(join(options.out, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`)
    if (options.json === true) printJson(summary)
    else process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`)
  } finally {
    await input.close()
  }
}

/** Facts of all files, in their order. @throws CommandError `usage` for an unknown kind, or as the file cannot be read */
async function readFacts(
  named: readonly string[],
  encoding: ReturnType<typeof encodingOf>,
): Promise<{ readonly facts: readonly Fact[]; readonly refused: Record<string, number> }> {
  const facts: Fact[] = []
  const refused: Record<string, number> = {}
  for (const one of named) {
    const [name = '', ...rest] = one.split('=')
    const kind = factKindOf(name)
    const path = rest.join('=')
    if (kind === undefined || path === '')
      throw new CommandError(`--facts ${one}: write KIND=FILE, e.g. list_entry=lists.csv`, exitCodes.usage)
    await readFactFile(path, kind, encoding, facts, refused)
  }
  return { facts, refused }
}

async function readFactFile(
  path: string,
  kind: FactKind,
  encoding: ReturnType<typeof encodingOf>,
  facts: Fact[],
  refused: Record<string, number>,
): Promise<void> {
  // Its user holds the file already; what it says itself of its purpose counts all the same.
  const silent = { legalBasis: 'replay', allowedPurpose: 'risk_warning' }
  const input = await openFacts(path, kind, { ...silent, ...(encoding !== undefined && { encoding }) })
  if (input.kind === 'refused') throw openRefusal(path, input)
  try {
    for await (const { results } of input.read()) {
      for (const result of results)
        if (result.kind === 'row') facts.push(plainFact(result.clear))
        else add(refused, result.reason)
    }
  } finally {
    await input.close()
  }
}

function feedingOf(
  engine: Replay,
  { file }: RuleSetContent,
  refused: Record<string, number>,
): Pick<ReplaySummary, 'facts' | 'not_fed' | 'partly_fed'> {
  const { fed, refused: repeated } = engine.factCounts()
  const rules = fedRules(file, new Set(fed))
  const those = (feeding: string): string[] =>
    rules.filter((rule) => rule.feeding === feeding).map(({ ruleId }) => ruleId)
  return {
    facts: { fed, refused: sorted({ ...refused, ...repeated }) },
    not_fed: those('not_fed'),
    partly_fed: those('partly_fed'),
  }
}

function positive(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0))
}

/** @returns refused records by reason */
async function score(
  input: Input,
  engine: Replay,
  findings: Findings,
  facts: readonly Fact[],
  path: string,
): Promise<Record<string, number>> {
  const refused: Record<string, number> = {}
  const stream = createWriteStream(`${path}.next`)
  const written = finished(stream)
  const write = async (lines: string): Promise<void> => {
    if (lines !== '' && !stream.write(lines)) await once(stream, 'drain')
  }
  const line = progressLine()
  const began = performance.now()
  await write(findings.take(engine.facts(facts)))
  for await (const { results, bytes } of input.read()) {
    const rows = []
    for (const result of results) {
      if (result.kind === 'row') rows.push(plainTransaction(result.clear))
      else add(refused, result.reason)
    }
    await write(findings.take(engine.push(rows)))
    const seconds = (performance.now() - began) / 1000
    const rate = engine.counts().transactions / seconds
    const rest = (seconds * (input.bytes - bytes)) / Math.max(1, bytes)
    line.update(
      `${count(engine.counts().transactions)} transactions, ${count(rate)}/s, ${duration(rest)} left`,
    )
  }
  await write(findings.take(engine.finish()))
  stream.end()
  await written
  await rename(`${path}.next`, path)
  const seconds = (performance.now() - began) / 1000
  line.done(`${count(engine.counts().transactions)} transactions in ${seconds.toFixed(1)} s; ${path}`)
  return refused
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.next`, text)
  await rename(`${path}.next`, path)
}
