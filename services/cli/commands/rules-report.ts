/** `weir rules report`: how rules do, by what people found their warnings to be. Nothing is changed by it. */
import type { RulesReport } from '../../warn/app.ts'
import { reportOnRules } from '../../warn/app.ts'
import { onConfiguredLog } from '../on-log.ts'
import { CommandError, count, exitCodes, printJson, progressLine } from '../terminal.ts'

/** Options of `weir rules report`. */
export interface ReportOptions {
  /** Shanghai days. */
  readonly days: number
  readonly data?: string
  readonly json?: boolean
}

const daysMax = 400

/** Prints the report. */
export async function report(options: ReportOptions): Promise<void> {
  const { days } = options
  if (days < 1 || days > daysMax)
    throw new CommandError(`--days is from 1 to ${daysMax}, not ${days}`, exitCodes.usage)
  const line = progressLine()
  const found = await onConfiguredLog('rules', options.data, (log) =>
    reportOnRules(log, days, (records) => line.update(`${count(records)} records read`)),
  )
  line.done()
  if (options.json === true) {
    printJson({ ...found, as_of: found.as_of === null ? null : new Date(found.as_of).toISOString() })
  } else process.stdout.write(`${reportText(found)}\n`)
}

const percent = (share: number | null): string => (share === null ? '–' : `${Math.round(share * 1000) / 10}%`)
const number = (value: number | null): string => (value === null ? '–' : String(value))

function reportText(found: RulesReport): string {
  const { as_of: asOf, days, transactions, rules, silent, proposals, unconfirmed } = found
  if (asOf === null) return '还没有数据 / there is nothing yet'
  const header =
    '规则 rule  级别 level  预警 warnings(now/before)  每千笔 per 1,000(now/before/change)  定级 red·yellow·green·cleared  准确率 precision'
  const rows = rules.map(({ rule_id: rule, level, warnings, per_1000: rate, labels, precision, labelled }) =>
    [
      rule,
      level,
      `${warnings.total} (${warnings.now}/${warnings.before})`,
      `${number(rate.now)}/${number(rate.before)}/${number(rate.change)}`,
      `${labels.red}·${labels.yellow}·${labels.green}·${labels.cleared}`,
      `${percent(precision)} (n=${labelled})`,
    ].join('  '),
  )
  return [
    `截至 as of ${new Date(asOf).toISOString()}, ${days} 天 days; 交易 transactions ${transactions.now}/${transactions.before}`,
    header,
    ...rows,
    `无预警的规则 rules without a warning: ${silent.length === 0 ? '–' : silent.join(' ')}`,
    ...unconfirmed.map(
      ({ rule_id: rule, level, n }) => `无一属实 nothing confirmed: ${rule} ${level} (n=${n})`,
    ),
    ...proposals.map(proposalText),
    '机器只建议,不更改;改动须走规则流程 / proposals only: nothing changes but through weir rules draft, review, publish',
    ...(found.labels_given_up === 0
      ? []
      : [`较早的 ${found.labels_given_up} 条标记未计入 / older labels left out`]),
  ].join('\n')
}

function proposalText(one: RulesReport['proposals'][number]): string {
  const { rule_id: rule, level, metric, threshold, proposed, n, confirmed, spared } = one
  return (
    `建议 to think about: ${rule} ${level} ${metric} ${threshold} → ${proposed}: ` +
    `低于此值无一属实 below it nothing was confirmed (n=${n}, 属实 confirmed ${confirmed}, 可少 spares ${spared})`
  )
}
