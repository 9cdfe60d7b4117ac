/** What a metric may ask of a flow beyond its bits: country, home of the other side, currency, amount, hour. Pure. */
import { dayOf, startOfDay } from '../../../../platform/calendar/day.ts'
import { cny } from '../../household.ts'
import type { RateTable } from '../../rates.ts'
import type { Subject } from '../../subject.ts'
import { fenAt } from '../money.ts'
import type { MetricSpec } from '../schema.ts'
import type { FactUse, MetricSource } from './metric.ts'

/** Whether a flow whose bits fit is one of those looked at. */
export type FlowTest = (subject: Subject, index: number) => boolean

/** Six digits: a region of China. */
const regionPattern = /^\d{6}$/

/** The tests of a metric's `where`, and of its rule's, that bits do not answer; undefined when there are none. Cheap ones come first. */
export function detailOf({
  rule,
  spec,
  pool,
}: Pick<MetricSource, 'rule' | 'spec' | 'pool'>): FlowTest | undefined {
  const { where = {} } = spec
  const { booked, amount, amount_usd: dollars, country, counterparty_resident: resident } = where
  const { multiple_of: multiple, time_of_day: hours, insider } = where
  const tests: FlowTest[] = []
  if (booked !== undefined)
    tests.push((subject, index) => (subject.currencyTextAt(index) === 'CNY') === (booked === 'cny'))
  if (hours !== undefined) tests.push(hoursTest(hours))
  if (multiple !== undefined) tests.push(multipleTest(multiple))
  if (amount !== undefined) tests.push(amountTest(pool.rates, amount))
  if (dollars !== undefined) tests.push(dollarTest(pool.rates, dollars))
  if (country !== undefined) {
    const listed = new Set(country)
    tests.push((subject, index) => listed.has(subject.countryTextAt(index)))
  }
  if (resident !== undefined)
    tests.push((subject, index) => regionPattern.test(subject.farRegionTextAt(index)) === resident)
  if (insider !== undefined) tests.push((subject, index) => isInsider(subject, index) === insider)
  const condition = pool.condition(rule.where.cel)
  if (condition !== undefined) tests.push((subject, index) => condition.passes(subject, index))
  const [first, ...others] = tests
  if (first === undefined || others.length === 0) return first
  return (subject, index) => tests.every((test) => test(subject, index))
}

/** Names the detail of a metric's `where` and its rule's: equal names, equal tests. */
export function detailName({
  rule,
  spec: { where = {} },
}: Pick<MetricSource, 'rule' | 'spec'>): readonly unknown[] {
  const { booked, amount, amount_usd: dollars, country, counterparty_resident: resident, insider } = where
  return [
    booked,
    amount,
    dollars,
    country,
    resident,
    insider,
    where.multiple_of,
    where.time_of_day,
    rule.where.cel,
  ]
}

/** Money such a test cannot do without. */
export function detailNeeds({ spec: { where = {} } }: Pick<MetricSource, 'spec'>): 'cny' | 'usd' | 'none' {
  if (where.amount_usd !== undefined) return 'usd'
  return where.amount === undefined ? 'none' : 'cny'
}

/** Facts such a test looks at. */
export function detailFacts({ where = {} }: MetricSpec): { readonly facts?: FactUse } {
  if (where.insider === undefined) return {}
  return { facts: { kinds: ['link'], spanMs: Number.POSITIVE_INFINITY, isOnly: false } }
}

function isInsider(subject: Subject, index: number): boolean {
  return subject.facts.isControl(subject.partyAt(index), subject.timeAt(index))
}

interface Range {
  readonly min?: string
  readonly max?: string
}

/** Minor units of both ends. */
function minorOf({ min, max }: Range): { readonly low: number; readonly high: number } {
  return {
    low: min === undefined ? Number.NEGATIVE_INFINITY : Math.round(Number(min) * 100),
    high: max === undefined ? Number.POSITIVE_INFINITY : Math.round(Number(max) * 100),
  }
}

function multipleTest(multiple: string): FlowTest {
  const fen = Math.round(Number(multiple) * 100)
  return (subject, index) => subject.currencyAt(index) === cny && subject.amountAt(index) % fen === 0
}

const minuteMs = 60_000

function minutesOf(text: string): number {
  return 60 * Number(text.slice(0, 2)) + Number(text.slice(3))
}

function hoursTest({ from, to }: { readonly from: string; readonly to: string }): FlowTest {
  const first = minutesOf(from) * minuteMs
  const end = minutesOf(to) * minuteMs
  const isOverMidnight = end <= first
  return (subject, index) => {
    const instant = subject.timeAt(index)
    const time = instant - startOfDay(dayOf(instant))
    return isOverMidnight ? time >= first || time < end : time >= first && time < end
  }
}

function amountTest(rates: RateTable, range: Range): FlowTest {
  const { low, high } = minorOf(range)
  return (subject, index) => {
    const fen = fenAt(rates, subject, index)
    return fen >= low && fen <= high
  }
}

function dollarTest(rates: RateTable, range: Range): FlowTest {
  const { low, high } = minorOf(range)
  // Most amounts are far off whatever the day's rate is: no need to convert them.
  const fenLow = low * rates.leastDollar - 1
  const fenHigh = high * rates.mostDollar + 1
  return (subject, index) => {
    const currency = subject.currencyTextAt(index)
    const amount = subject.amountAt(index)
    if (currency === 'CNY' && !(amount >= fenLow && amount <= fenHigh)) return false
    const cents = rates.dollars(amount, currency, subject.timeAt(index))
    return cents >= low && cents <= high
  }
}
