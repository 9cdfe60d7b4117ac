import { exponentOf } from '../../platform/money/currencies.ts'
import { createReplay, loadRuleSet } from '../../warn/app.ts'
import type { Emission, RuleSetContent } from '../../warn/app.ts'
import { openData } from '../detection/data.ts'
import type { DetectionData } from '../detection/data.ts'
import { renderDetection } from '../detection/render.ts'
import { alertLevels, Tally } from '../detection/tally.ts'
import type { DetectionReport, TallyOptions } from '../detection/tally.ts'
import { Truth } from '../detection/truth.ts'
import { CommandError, count, exitCodes, printJson, progressLine } from '../terminal.ts'

/** Options of `weir detection`. */
export interface DetectionOptions {
  readonly data: string
  readonly rules?: string
  readonly minLevel?: string
  readonly half?: string
  readonly json?: boolean
}

/** The report with what it was made from. */
export interface DetectionResult extends DetectionReport {
  readonly data: string
  readonly labelled: boolean
  readonly half: 1 | 2 | null
  readonly min_level: string
  readonly rule_set: { readonly id: string; readonly version: number; readonly sha256: string }
  readonly refused_records: number
  /** What could not be scored, by kind and reason. */
  readonly outcomes: Readonly<Record<string, number>>
}

/** Scores data with a rule set and says what was found, how early, and at what cost. */
export async function detection(options: DetectionOptions): Promise<void> {
  const result = await detect(options)
  if (options.json === true) printJson(result)
  else process.stdout.write(renderDetection(result))
}

/**
 * The report as data. Memory: the engine's, and the laundering transactions.
 * @throws CommandError for options that make no sense or data that is not there; RuleFileError
 */
export async function detect(options: DetectionOptions): Promise<DetectionResult> {
  const { half, minLevel = 'blue' } = options
  if (!alertLevels.includes(minLevel)) {
    throw new CommandError(
      `there is no level ${minLevel}; there are ${alertLevels.join(', ')}`,
      exitCodes.usage,
    )
  }
  if (half !== undefined && half !== '1' && half !== '2') {
    throw new CommandError(`--half is 1 or 2, not ${half}`, exitCodes.usage)
  }
  const ruleSet = await loadRuleSet(options.rules)
  const data = await openData(options.data)
  const truth = await truthOf(data)
  const wanted: TallyOptions = {
    levelMin: minLevel,
    ...(half === undefined ? {} : { half: half === '1' ? 1 : 2 }),
  }
  const tally = new Tally(truth, wanted)
  const scored = await score(data, ruleSet, tally)
  return {
    data: options.data,
    labelled: data.kind === 'labelled',
    half: wanted.half ?? null,
    min_level: minLevel,
    rule_set: { id: ruleSet.file.rule_set_id, version: ruleSet.file.version, sha256: ruleSet.sha256 },
    ...tally.report(),
    ...scored,
  }
}

async function truthOf(data: DetectionData): Promise<Truth> {
  const truth = new Truth(await data.labels())
  const line = progressLine()
  let rows = 0
  for await (const { transactions, share } of data.read()) {
    for (const transaction of transactions) {
      truth.take({
        txnId: transaction.txn_id,
        at: transaction.booked_at,
        amount: transaction.amount / 10 ** (exponentOf(transaction.currency) ?? 2),
        subjects: [
          transaction.payer_id || transaction.payer_account,
          transaction.payee_id || transaction.payee_account,
        ],
      })
    }
    rows += transactions.length
    line.update(`reading the truth: ${count(rows)} transactions, ${Math.round(100 * share)} %`)
  }
  line.done()
  return truth
}

async function score(
  data: DetectionData,
  ruleSet: RuleSetContent,
  tally: Tally,
): Promise<Pick<DetectionResult, 'refused_records' | 'outcomes'>> {
  const engine = createReplay(ruleSet)
  const outcomes: Record<string, number> = {}
  let refused = 0
  const take = (emissions: readonly Emission[]): void => {
    for (const emission of emissions) {
      if (emission.type === 'outcome') {
        const name = `${emission.outcome.kind}:${emission.outcome.reason}`
        outcomes[name] = (outcomes[name] ?? 0) + 1
      } else {
        const { subject_id, event_time, level, risk_type, rules } = emission.warning
        tally.take({
          subject: subject_id,
          at: event_time,
          level,
          riskType: risk_type,
          rule: rules[0]?.rule_id ?? '',
        })
      }
    }
  }
  const line = progressLine()
  for await (const { transactions, share, refused: unread } of data.read()) {
    refused += unread
    take(engine.push(transactions))
    line.update(`scoring: ${count(engine.counts().transactions)} transactions, ${Math.round(100 * share)} %`)
  }
  take(engine.finish())
  line.done()
  return { refused_records: refused, outcomes }
}
