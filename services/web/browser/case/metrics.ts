/** How the values of a rule read: their unit by name, and thresholds as bounds. Pure. */

/** What a metric counts; `plain` for names this app does not know. */
export type MetricUnit = 'yuan' | 'usd' | 'percent' | 'people' | 'payments' | 'days' | 'plain'

const units: Readonly<Record<string, MetricUnit>> = {
  amount: 'yuan',
  total: 'yuan',
  inflow: 'yuan',
  fast_inflow: 'yuan',
  foreign_total: 'usd',
  share: 'percent',
  passed: 'percent',
  fast_passed: 'percent',
  turnover: 'percent',
  since_opening: 'yuan',
  month_total: 'yuan',
  complainants: 'people',
  investors: 'people',
  collected: 'yuan',
  repaid: 'people',
  ratio: 'percent',
  other_income: 'percent',
  to_insiders: 'yuan',
  tested: 'yuan',
  loans: 'payments',
  borrowers: 'people',
  person_borrowers: 'people',
  entity_borrowers: 'people',
  person_lent: 'yuan',
  entity_lent: 'yuan',
  listed: 'payments',
  crossings: 'payments',
  senders: 'people',
  quota_senders: 'people',
  withdrawals: 'payments',
  payers: 'people',
  payees: 'people',
  in_day: 'payments',
  in_month: 'payments',
  days: 'days',
  hit_days: 'days',
}

/** The unit of a metric. */
export function unitOf(metric: string): MetricUnit {
  return units[metric] ?? 'plain'
}

/** A number as the engine writes it, with thousands or as a percentage; text that is no number stays as it is. */
export function readableNumber(text: string, unit: MetricUnit): string {
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) return text
  if (unit === 'percent') return `${Number((Number(text) * 100).toFixed(2))}%`
  const [whole = '', fraction = ''] = text.split('.')
  const grouped = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
  return /^0*$/.test(fraction) ? grouped : `${grouped}.${fraction}`
}

/** The two ends of a threshold: `5` is at least 5, `..5` at most, `1..5` both. */
export function boundsOf(threshold: string): { readonly low: string; readonly high: string } {
  const [low = '', high = ''] = threshold.split('..')
  return { low, high }
}
