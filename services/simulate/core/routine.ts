/** What ordinary life pays on a day by plan: salaries, rents, trade between firms, taxes, pensions, supplies. Pure. */
import { weekdayOf } from '../../platform/calendar/day.ts'
import type { Day } from '../../platform/calendar/day.ts'
import { homeRegion } from './district.ts'
import type { District, Firm, FirmSize } from './district.ts'
import { amountOf, dayOfMonth, officeTime, timeBetween } from './moments.ts'
import type { Quantiles, Random } from './random.ts'
import type { Label, Party, Payment } from './transaction.ts'

const normal = (typology: string): Label => ({ typology, scheme_id: '', is_laundering: false })
const labels = {
  salary: normal('n_salary'),
  pension: normal('n_pension'),
  rent: normal('n_rent'),
  trade: normal('n_trade'),
  foreignTrade: normal('n_foreign_trade'),
  tax: normal('n_tax'),
  supply: normal('n_supply'),
  takings: normal('n_market_stall'),
  freight: normal('n_freight_agent'),
} as const

const remarks: Readonly<Record<keyof typeof labels, string>> = {
  salary: '工资',
  pension: '养老金',
  rent: '房租',
  trade: '货款',
  foreignTrade: '外贸货款',
  tax: '税款',
  supply: '进货',
  takings: '营业款存入',
  freight: '代收代付运费',
}

/** Invoices between firms, yuan. */
const invoices: Readonly<Record<FirmSize, Quantiles>> = {
  small: [800, 2_400, 5_200, 9_000, 16_000, 38_000],
  medium: [4_000, 18_000, 36_000, 62_000, 120_000, 380_000],
  large: [30_000, 140_000, 320_000, 650_000, 1_150_000, 2_400_000],
}

/** One day being planned. */
interface Today {
  readonly district: District
  readonly day: Day
  readonly random: Random
  readonly payments: Payment[]
}

/** Every planned payment of one day, in no particular order. `random` must be this day's own stream. */
export function routineOf(district: District, day: Day, random: Random): Payment[] {
  const today: Today = { district, day, random, payments: [] }
  if (weekdayOf(day) < 5) {
    district.firms.forEach((firm, index) => runFirm(today, firm, index))
    tradeByPersons(today)
    collectFreight(today)
  }
  payRents(today)
  if (dayOfMonth(day) === 12) payPensions(today)
  supplyStalls(today)
  supplyShops(today)
  return today.payments
}

function pay(today: Today, kind: keyof typeof labels, payer: Party, payee: Party, amount: number): void {
  const at = officeTime(today.day, today.random)
  today.payments.push({
    at,
    payer,
    payee,
    amount,
    channel: 'transfer',
    remark: remarks[kind],
    label: labels[kind],
  })
}

/** True on the first of a firm's weekly pay days that is not before the given day of the month. */
function isDue(day: Day, dueDay: number): boolean {
  for (let back = 0; back < 7; back += 1) if (dayOfMonth(day - back) === dueDay) return true
  return false
}

function runFirm(today: Today, firm: Firm, index: number): void {
  const weekday = weekdayOf(today.day)
  if (weekday === (firm.payWeekday + 3) % 5) receive(today, firm, index)
  if (weekday !== firm.payWeekday) return
  paySuppliers(today, firm, index)
  if (isDue(today.day, firm.payrollDay)) {
    for (const { person, salary } of firm.employees) {
      pay(today, 'salary', firm.party, person, amountOf(salary * (0.96 + today.random.unit() * 0.08), 100))
    }
  }
  if (isDue(today.day, 15)) {
    pay(
      today,
      'tax',
      firm.party,
      today.district.treasury,
      amountOf(today.random.draw(invoices[firm.size]) * 20, 1),
    )
  }
}

/** Money from outside comes on the weekday on which customers in the district pay too: two working days before it leaves. */
function receive(today: Today, firm: Firm, index: number): void {
  const { district, random } = today
  if (random.chance(0.5)) {
    const customers = district.outsideFirms.filter((_, position) => position % 2 === 0)
    const customer = customers[(index + random.int(3)) % customers.length]
    if (customer !== undefined) pay(today, 'trade', customer, firm.party, invoice(firm, random))
  }
  if (firm.isExporter && random.chance(0.35))
    receiveFromAbroad(today, firm.party, [1_200, 6_000, 14_000, 30_000, 85_000])
}

function invoice(firm: Firm, random: Random): number {
  return amountOf(random.draw(invoices[firm.size]) * 100, random.chance(0.6) ? 10_000 : 1)
}

/** One to three suppliers in the district (their pay day is two weekdays later) and now and then one outside. */
function paySuppliers(today: Today, firm: Firm, index: number): void {
  const { district, random } = today
  const row = Math.floor(index / 5)
  const rows = Math.max(1, Math.floor(district.firms.length / 5))
  for (let count = random.between(1, 3); count > 0; count -= 1) {
    const supplier = district.firms[((row + random.between(0, 2)) % rows) * 5 + ((index + 2) % 5)]
    if (supplier !== undefined) pay(today, 'trade', firm.party, supplier.party, invoice(firm, random))
  }
  if (random.chance(0.4)) {
    const suppliers = district.outsideFirms.filter((_, position) => position % 2 === 1)
    const supplier = suppliers[(index + random.int(2)) % suppliers.length]
    if (supplier !== undefined) pay(today, 'trade', firm.party, supplier, invoice(firm, random))
  }
}

/** Customers abroad: currency, country, and its minor units per yuan-like unit. */
const markets = [
  { country: 'US', currency: 'USD', factor: 100 },
  { country: 'DE', currency: 'EUR', factor: 92 },
  { country: 'HK', currency: 'HKD', factor: 780 },
  { country: 'JP', currency: 'JPY', factor: 150 },
] as const

function receiveFromAbroad(today: Today, payee: Party, dollars: Quantiles): void {
  const { random } = today
  const { country, currency, factor } = random.chance(0.7) ? markets[0] : random.pick(markets)
  const customer = today.district.customersAbroad[country]?.[random.int(3)]
  if (customer === undefined) return
  today.payments.push({
    at: timeBetween(today.day, 9, 17, random),
    payer: customer,
    payee,
    amount: amountOf(random.draw(dollars) * factor, 1),
    currency,
    country,
    channel: 'transfer',
    remark: remarks.foreignTrade,
    label: labels.foreignTrade,
  })
}

function tradeByPersons(today: Today): void {
  for (const trader of today.district.traders) {
    if (today.random.chance(0.08)) receiveFromAbroad(today, trader, [900, 2_200, 3_800, 5_400, 9_800])
  }
}

/** Now and then an agent collects a large freight bill in the morning and pays the carrier in the afternoon. */
function collectFreight(today: Today): void {
  const { district, day, random } = today
  for (const agent of district.agents) {
    if (!random.chance(0.06)) continue
    const [customer, carrier] = [random.pick(district.outsideFirms), random.pick(district.wholesalers)]
    const amount = amountOf(random.draw([55_000, 80_000, 120_000, 210_000]) * 100, 10_000)
    const carried = amountOf(amount * (0.9 + random.unit() * 0.06), 100)
    const base = { channel: 'transfer', remark: remarks.freight, label: labels.freight } as const
    today.payments.push(
      { ...base, at: timeBetween(day, 9, 11, random), payer: customer, payee: agent, amount },
      { ...base, at: timeBetween(day, 14, 17, random), payer: agent, payee: carrier, amount: carried },
    )
  }
}

function payRents(today: Today): void {
  const date = dayOfMonth(today.day)
  for (const { tenant, landlord, rent, day } of today.district.tenancies) {
    if (day === date) pay(today, 'rent', tenant, landlord, rent)
  }
}

function payPensions(today: Today): void {
  for (const { person, pension } of today.district.pensioners) {
    pay(today, 'pension', today.district.pensionOffice, person, pension)
  }
}

/** Stalls restock three times a week and take their cash to the bank once. */
function supplyStalls(today: Today): void {
  const { district, day, random } = today
  district.stalls.forEach(({ owner }, index) => {
    const wholesaler = district.wholesalers[index % district.wholesalers.length]
    const machine = district.cashMachines[index % district.cashMachines.length]
    if ((day + index) % 7 < 3 && wholesaler !== undefined) {
      pay(today, 'supply', owner, wholesaler, amountOf(random.draw([180, 420, 800, 1_500, 3_800]) * 100, 100))
    }
    if ((day + index) % 7 === 3 && machine !== undefined) {
      const amount = amountOf(random.draw([800, 2_200, 4_500, 8_000, 19_000]) * 100, 10_000)
      const at = officeTime(day, random)
      const label = labels.takings
      today.payments.push({
        at,
        payer: machine,
        payee: owner,
        amount,
        channel: 'cash',
        remark: remarks.takings,
        label,
      })
    }
  })
}

/** Every shop pays one wholesaler once in four weeks. */
function supplyShops(today: Today): void {
  const { district, day, random } = today
  let number = 0
  for (const category of district.shops) {
    for (const shop of category) {
      number += 1
      if ((day + number) % 28 !== 0) continue
      const wholesaler = district.wholesalers[number % district.wholesalers.length]
      if (wholesaler === undefined || shop.region !== homeRegion) continue
      pay(
        today,
        'supply',
        shop,
        wholesaler,
        amountOf(random.draw([300, 800, 1_400, 2_600, 6_000]) * 100, 100),
      )
    }
  }
}
