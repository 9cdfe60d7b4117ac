/** How a back-test looks on a screen and as JSON. */
import type { Difference, FindingDifference, RuleDifference, RuleSetContent } from '../../warn/app.ts'
import type { DetectionReport } from '../detection/tally.ts'
import { count } from '../terminal.ts'

/** All that a back-test found. */
export interface BacktestResult {
  readonly active: RuleSetContent
  readonly candidate: RuleSetContent
  readonly transactions: number
  readonly duplicates: number
  /** By reason. */
  readonly refused: Readonly<Record<string, number>>
  readonly difference: Difference
  /** Against labels, where there are some. */
  readonly judged: { readonly active: DetectionReport; readonly candidate: DetectionReport } | undefined
}

function per1000(warnings: number, transactions: number): number {
  return Number(((1000 * warnings) / Math.max(1, transactions)).toFixed(2))
}

const nameOf = ({ file, sha256 }: RuleSetContent): string =>
  `${file.rule_set_id}/${file.version} (${sha256.slice(0, 12)})`

/** The result for machines. */
export function backtestJson(result: BacktestResult): unknown {
  const { active, candidate, transactions, duplicates, refused, difference, judged } = result
  const { total, byRule, byLevel, moved, examples } = difference
  const setOf = ({ file, sha256 }: RuleSetContent) => ({
    id: file.rule_set_id,
    version: file.version,
    sha256,
  })
  return {
    active: setOf(active),
    candidate: setOf(candidate),
    transactions,
    duplicates,
    refused,
    warnings_per_1000: {
      active: per1000(total.warnings.active, transactions),
      candidate: per1000(total.warnings.candidate, transactions),
    },
    total,
    by_rule: byRule,
    by_level: byLevel,
    moved,
    examples: examples.map((one) => ({
      ...one,
      at: new Date(one.at).toISOString(),
      active: one.active ?? null,
      candidate: one.candidate ?? null,
    })),
    labels: judged ?? null,
  }
}

/** The result for people. */
export function backtestText(result: BacktestResult): string {
  const { active, candidate, transactions, difference, judged } = result
  const { total, byRule, byLevel, moved, examples } = difference
  const refused = Object.entries(result.refused)
  return [
    `回测 back-test: 候选 candidate ${nameOf(candidate)} 对 against ${nameOf(active)}`,
    `${count(transactions)} 笔交易 transactions; 预警 warnings ${arrow(total.warnings)}; ` +
      `每千笔 per 1,000: ${per1000(total.warnings.active, transactions)} → ${per1000(total.warnings.candidate, transactions)}`,
    ...refused.map(([reason, rows]) => `拒收 refused ${reason}: ${count(rows)}`),
    '',
    table([
      ['规则 rule', '预警 warnings', '新增 new', '消失 gone', '升级 raised', '降级 lowered', '不变 same'],
      ...Object.entries(byRule).map(([rule, row]) => ruleRow(rule, row)),
      ruleRow('合计 all', total),
    ]),
    '',
    ...Object.entries(byLevel)
      .toReversed()
      .map(([level, sides]) => `${level}: ${arrow(sides)}`),
    ...Object.entries(moved).map(([move, findings]) => `级别变动 level moved ${move}: ${count(findings)}`),
    ...(judged === undefined ? [] : ['', ...judgedLines(judged)]),
    ...(examples.length === 0 ? [] : ['', '例 examples:', ...examples.map(exampleLine)]),
  ].join('\n')
}

function arrow({ active, candidate }: { readonly active: number; readonly candidate: number }): string {
  return `${count(active)} → ${count(candidate)}`
}

function ruleRow(rule: string, row: RuleDifference): string[] {
  const counts = [row.new, row.gone, row.raised, row.lowered, row.same]
  return [rule, arrow(row.warnings), ...counts.map(count)]
}

/** Characters of a terminal: Chinese ones take two. */
function width(text: string): number {
  return [...text].reduce((sum, character) => sum + (character >= '\u2e80' ? 2 : 1), 0)
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ''))))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function judgedLines({ active, candidate }: NonNullable<BacktestResult['judged']>): string[] {
  const share = (name: 'recall' | 'precision' | 'f1' | 'warnings_per_1000_legit'): string =>
    `${active[name]} → ${candidate[name]}`
  return [
    `标注 labels: 召回率 recall ${share('recall')} (${active.found} → ${candidate.found} / ${active.patterns}); ` +
      `精确率 precision ${share('precision')}; F1 ${share('f1')}`,
    `每千笔正常交易的预警 warnings per 1,000 legitimate: ${share('warnings_per_1000_legit')}`,
    ...Object.entries(active.by_typology).map(
      ([typology, { found, of }]) =>
        `  ${typology}: ${found} → ${candidate.by_typology[typology]?.found ?? 0} / ${of}`,
    ),
  ]
}

function exampleLine({ rule, subject, period, active, candidate }: FindingDifference): string {
  return `  ${rule} ${subject} ${period}: ${active ?? '无 none'} → ${candidate ?? '无 none'}`
}
