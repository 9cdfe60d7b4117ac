/** `weir rules backtest`: what a candidate set would have made of recorded transactions, beside the set in force. */
import type { Transaction } from '../../../schemas/types.ts'
import { openInput, plainTransaction } from '../../ingest/app.ts'
import type { ReadBatch } from '../../ingest/app.ts'
import { exponentOf } from '../../platform/money/currencies.ts'
import { Comparison, createReplay, loadRuleSet } from '../../warn/app.ts'
import type { Emission, RuleSetContent } from '../../warn/app.ts'
import { backtestJson, backtestText } from '../backtest/render.ts'
import type { BacktestResult } from '../backtest/render.ts'
import { readLabels } from '../detection/data.ts'
import { Tally } from '../detection/tally.ts'
import { Truth } from '../detection/truth.ts'
import { encodingOf, openRefusal } from '../input.ts'
import { CommandError, count, exitCodes, printJson, progressLine } from '../terminal.ts'

/** Options of `weir rules backtest`. */
export interface BacktestOptions {
  readonly rules: string
  readonly data: readonly string[]
  readonly against?: string
  readonly labels?: string
  readonly examples: number
  readonly encoding?: string
  readonly json?: boolean
}

const sides = ['active', 'candidate'] as const

/** Folds both sets over the files and prints the difference. Memory: that of two replays, the open findings, the labelled laundering. */
export async function backtest(options: BacktestOptions): Promise<void> {
  const result = await compareSets(options)
  if (options.json === true) printJson(backtestJson(result))
  else process.stdout.write(`${backtestText(result)}\n`)
}

async function ruleSetIn(path: string | undefined): Promise<RuleSetContent> {
  try {
    return await loadRuleSet(path)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw new CommandError(message, isMissing ? exitCodes.notFound : exitCodes.validation, { cause: error })
  }
}

async function compareSets(options: BacktestOptions): Promise<BacktestResult> {
  const candidate = await ruleSetIn(options.rules)
  const active = await ruleSetIn(options.against)
  const truth = options.labels === undefined ? undefined : await truthOf(options.labels, options)
  const engines = { active: createReplay(active), candidate: createReplay(candidate) }
  const tallies = truth && { active: new Tally(truth), candidate: new Tally(truth) }
  const comparison = new Comparison(options.examples)
  const refused: Record<string, number> = {}
  const take = (side: (typeof sides)[number], emissions: readonly Emission[]): void => {
    comparison.take(side, emissions)
    if (tallies !== undefined) judge(tallies[side], emissions)
  }
  const line = progressLine()
  const began = performance.now()
  for await (const { rows, share } of transactionsIn(options, refused)) {
    for (const side of sides) take(side, engines[side].push(rows))
    const { transactions } = engines.active.counts()
    const rate = transactions / ((performance.now() - began) / 1000)
    line.update(`${count(transactions)} 笔 transactions, ${count(rate)}/s, ${Math.round(100 * share)} %`)
  }
  for (const side of sides) take(side, engines[side].finish())
  line.done()
  const { transactions, duplicates } = engines.active.counts()
  return {
    active,
    candidate,
    transactions,
    duplicates,
    refused,
    difference: comparison.finish(),
    judged: tallies && { active: tallies.active.report(), candidate: tallies.candidate.report() },
  }
}

function judge(tally: Tally, emissions: readonly Emission[]): void {
  for (const emission of emissions) {
    if (emission.type !== 'warning') continue
    const { subject_id: subject, event_time: at, level, risk_type: riskType, rules } = emission.warning
    tally.take({ subject, at, level, riskType, rule: rules[0]?.rule_id ?? '' })
  }
}

async function truthOf(labels: string, options: BacktestOptions): Promise<Truth> {
  const truth = new Truth(await readLabels(labels))
  const line = progressLine()
  let read = 0
  for await (const { rows, share } of transactionsIn(options, {})) {
    for (const row of rows) {
      truth.take({
        txnId: row.txn_id,
        at: row.booked_at,
        amount: row.amount / 10 ** (exponentOf(row.currency) ?? 2),
        subjects: [row.payer_id || row.payer_account, row.payee_id || row.payee_account],
      })
    }
    read += rows.length
    line.update(`标注 labels: ${count(read)} 笔 transactions, ${Math.round(100 * share)} %`)
  }
  line.done()
  return truth
}

/** Transactions of all files, one file after the other, and how much of them has been read. @param refused gets what could not be read, by reason */
async function* transactionsIn(
  { data, encoding: name }: BacktestOptions,
  refused: Record<string, number>,
): AsyncGenerator<{ readonly rows: readonly Transaction[]; readonly share: number }, void, undefined> {
  const encoding = encodingOf(name)
  for (const [index, path] of data.entries()) {
    const input = await openInput(path, encoding === undefined ? {} : { encoding })
    if (input.kind === 'refused') throw openRefusal(path, input)
    try {
      for await (const { results, bytes } of input.read()) {
        const share = (index + bytes / Math.max(1, input.bytes)) / data.length
        yield { rows: results.flatMap((result) => rowOf(result, refused)), share }
      }
    } finally {
      await input.close()
    }
  }
}

function rowOf(result: ReadBatch['results'][number], refused: Record<string, number>): Transaction[] {
  if (result.kind === 'row') return [plainTransaction(result.clear)]
  const counts = refused
  counts[result.reason] = (counts[result.reason] ?? 0) + 1
  return []
}
