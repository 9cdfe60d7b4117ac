/** The detection report as a page of text. */
import type { DetectionResult } from '../commands/detection.ts'
import { count } from '../terminal.ts'
import type { RuleReport } from './tally.ts'

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

/** The report for people; `--json` gives the same figures. */
export function renderDetection(result: DetectionResult): string {
  const { rule_set: set } = result
  const lines = [
    `data: ${result.data}, ${count(result.legitimate_transactions)} legitimate transactions${result.labelled ? '' : ' (no labels)'}`,
    `rules: ${set.id} version ${set.version}${result.min_level === 'blue' ? '' : `, warnings from ${result.min_level} on`}`,
    `warnings: ${count(result.warnings)} (${levels(result)}) on ${count(result.subjects_warned)} subjects, ${count(result.leads)} leads`,
    `warnings per 1,000 legitimate transactions: ${result.warnings_per_1000_legit}`,
  ]
  if (result.labelled) lines.push(...truthLines(result))
  for (const [name, number] of Object.entries(result.outcomes))
    lines.push(`not scored: ${name} ${count(number)}`)
  if (result.refused_records > 0)
    lines.push(`records that could not be read: ${count(result.refused_records)}`)
  return `${[...lines, '', ...ruleTable(result)].join('\n')}\n`
}

function levels({ by_level: byLevel }: DetectionResult): string {
  return Object.entries(byLevel)
    .map(([level, number]) => `${level} ${count(number)}`)
    .join(', ')
}

function truthLines(result: DetectionResult): string[] {
  const share = result.median_share_moved_at_first_warning
  const half = result.half === null ? '' : ` of half ${result.half}`
  return [
    `patterns found: ${result.found} of ${result.patterns}${half} (recall ${percent(result.recall)})`,
    ...Object.entries(result.by_typology).map(([name, { found, of }]) => `  ${name}: ${found} of ${of}`),
    `precision: ${percent(result.precision)} of the warnings, ${percent(result.leads_precision)} of the leads name somebody in a pattern at work; F1 ${result.f1}`,
    `money already moved at the first warning: ${share === null ? '-' : percent(share)} (median of the patterns found)`,
  ]
}

function ruleTable({ by_rule: byRule, labelled }: DetectionResult): string[] {
  const head = labelled
    ? ['rule', 'warnings', 'precision', 'finds', 'alone', 'false', 'false/1000']
    : ['rule', 'warnings', '/1000']
  const rows = Object.entries(byRule).map(([rule, report]) => [rule, ...cells(report, labelled)])
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => (row[column] ?? '').length)),
  )
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  )
}

function cells(report: RuleReport, labelled: boolean): string[] {
  if (!labelled) return [count(report.warnings), String(report.false_warnings_per_1000_legit)]
  return [
    count(report.warnings),
    percent(report.precision),
    String(report.patterns_found),
    String(report.patterns_found_alone),
    count(report.false_warnings),
    String(report.false_warnings_per_1000_legit),
  ]
}
