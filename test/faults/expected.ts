/**
 * What the stages should have said, recomputed from the transactions that the reader found: ids of warnings by a replay in memory
 * in the order of event time, and rules R01, R02, R03 and R12 by a program in SQL that shares nothing with the engine.
 */
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Outcome, Transaction, Warning } from '../../schemas/types.ts'
import { decimal } from '../../services/platform/money/money.ts'
import { createReplay, loadRuleSet } from '../../services/warn/app.ts'
import type { RuleSetContent } from '../../services/warn/app.ts'
import type { Row } from '../oracle/row.ts'
import { openOracle } from '../oracle/campaign.ts'
import { verdictOf } from '../support/verdicts.ts'
import { hashOf } from './random.ts'

/** What was expected of one kind of thing, and what was found. */
export interface Check {
  expected: number
  found: number
  lost: number
  duplicated: number
  wrong: number
  /** A few of them in words. */
  readonly examples: string[]
}

const examplesMax = 5

function newCheck(): Check {
  return { expected: 0, found: 0, lost: 0, duplicated: 0, wrong: 0, examples: [] }
}

function say(check: Check, verdict: 'lost' | 'duplicated' | 'wrong', what: string): void {
  check[verdict] += 1
  if (check.examples.length < examplesMax) check.examples.push(`${verdict}: ${what}`)
}

async function* lines<Line>(file: string): AsyncGenerator<Line, void, undefined> {
  for await (const line of createInterface(createReadStream(file))) yield JSON.parse(line) as Line
}

async function all<Line>(file: string): Promise<Line[]> {
  return Array.fromAsync(lines<Line>(file))
}

/** What an id stands for. */
function meaning({ subject_id: subject, rules }: Warning): string {
  const [hit] = rules
  return [hit?.rule_id, hit?.version, hit?.level, subject].join(' ')
}

function outcomeName({ kind, reason, subject_id: subject, txn_id: id, event_time: at }: Outcome): string {
  return [kind, reason, subject, id, at].join(' ')
}

/** Compares what was found, each thing once, with what was expected. @param nameOf names a thing @param saysOf what it says */
function compare<Thing>(
  expected: Iterable<Thing>,
  found: Iterable<Thing>,
  nameOf: (thing: Thing) => string,
  saysOf: (thing: Thing) => string,
): Check {
  const check = newCheck()
  const wanted = new Map([...expected].map((thing) => [nameOf(thing), saysOf(thing)]))
  check.expected = wanted.size
  const seen = new Set<string>()
  for (const thing of found) {
    check.found += 1
    const name = nameOf(thing)
    if (seen.has(name)) say(check, 'duplicated', name)
    else if (!wanted.has(name)) say(check, 'wrong', `${name}, not expected: ${saysOf(thing)}`)
    else if (wanted.get(name) !== saysOf(thing))
      say(check, 'wrong', `${name}: ${saysOf(thing)}, expected ${wanted.get(name)}`)
    seen.add(name)
  }
  for (const [name, says] of wanted) if (!seen.has(name)) say(check, 'lost', `${name}: ${says}`)
  return check
}

async function replayed(
  file: string,
  ruleSet: RuleSetContent,
): Promise<{ readonly warnings: Warning[]; readonly outcomes: Outcome[] }> {
  const replay = createReplay(ruleSet)
  const [warnings, outcomes]: [Warning[], Outcome[]] = [[], []]
  const take = (emissions: ReturnType<typeof replay.push>): void => {
    for (const emission of emissions)
      if (emission.type === 'warning') warnings.push(emission.warning)
      else if (emission.type === 'outcome') outcomes.push(emission.outcome)
  }
  const none = Buffer.alloc(0)
  for await (const line of lines<Transaction>(file))
    take(replay.push([{ ...line, payer_identity: none, payee_identity: none }]))
  take(replay.finish())
  return { warnings, outcomes }
}

/** The rows that the SQL can take in reasonable time; beyond that every n-th subject with all its rows. */
const sqlRowsMax = 60_000
const sqlRules: ReadonlySet<string> = new Set(['R01', 'R02', 'R03', 'R12'])

/** A row as the SQL reads it: every source has the name that verdicts carry. */
function rowOf(transaction: Transaction): Row {
  return {
    ...transaction,
    booked_at: new Date(transaction.booked_at).toISOString(),
    amount: decimal(transaction.amount, transaction.currency),
    source_id: 'bank_a',
  }
}

async function inSql(
  file: string,
  found: readonly Warning[],
  ruleSet: RuleSetContent,
): Promise<Check & { readonly every: number }> {
  let count = 0
  for await (const _ of lines(file)) count += 1
  const every = Math.ceil(count / sqlRowsMax)
  const isChosen = (subject: string): boolean => hashOf(subject) % every === 0
  const rows: Row[] = []
  for await (const one of lines<Transaction>(file)) {
    const payer = one.payer_id === '' ? one.payer_account : one.payer_id
    const payee = one.payee_id === '' ? one.payee_account : one.payee_id
    if (isChosen(payer) || isChosen(payee)) rows.push(rowOf(one))
  }
  const oracle = await openOracle(ruleSet)
  try {
    const [verdicts = []] = await oracle.verdicts(
      [{ rows, blockSize: Number.POSITIVE_INFINITY, aims: [] }],
      ['size', 'crowd'],
    )
    const chosen = found.filter(
      ({ rules, subject_id: subject }) => sqlRules.has(rules[0]?.rule_id ?? '') && isChosen(subject),
    )
    const expected = verdicts.filter((verdict) => {
      const [rule = '', subject = ''] = verdict.split(' ')
      return sqlRules.has(rule) && isChosen(subject)
    })
    const same = (text: string): string => text
    const said = chosen.map((warning) => verdictOf(warning, ruleSet))
    return { ...compare(expected, said, same, same), every }
  } finally {
    await oracle.close()
  }
}

/** What came of it. */
export interface Expectations {
  readonly checks: Readonly<Record<'warnings' | 'outcomes' | 'verdicts_in_sql', Check>>
  /** SQL looked at every n-th subject. */
  readonly sqlEvery: number
  /** Warnings by their triggering rule. */
  readonly byRule: Readonly<Record<string, number>>
}

/** Compares the warnings and outcomes in the folder with those that its transactions should have led to. */
export async function checkExpectations(folder: string): Promise<Expectations> {
  const ruleSet = await loadRuleSet()
  const transactions = join(folder, 'transactions.ndjson')
  const warnings = await all<Warning>(join(folder, 'warnings.ndjson'))
  const outcomes = await all<Outcome>(join(folder, 'outcomes.ndjson'))
  const expected = await replayed(transactions, ruleSet)
  const { every, ...verdicts } = await inSql(transactions, warnings, ruleSet)
  const rules = Map.groupBy(warnings, ({ rules: hits }) => hits[0]?.rule_id ?? '')
  return {
    checks: {
      warnings: compare(expected.warnings, warnings, ({ warning_id: id }) => id, meaning),
      outcomes: compare(expected.outcomes, outcomes, outcomeName, outcomeName),
      verdicts_in_sql: verdicts,
    },
    sqlEvery: every,
    byRule: Object.fromEntries(
      [...rules].map(([rule, own]): [string, number] => [rule, own.length]).toSorted(),
    ),
  }
}
