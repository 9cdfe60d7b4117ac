/** Shopping, friends, market stalls and cash: the rows that fill every day between the planned ones. Pure. */
import { startOfDay } from '../../platform/calendar/day.ts'
import type { Day } from '../../platform/calendar/day.ts'
import { neighbours, shuffled } from './district.ts'
import type { District, Stall } from './district.ts'
import { amountOf } from './moments.ts'
import type { Quantiles, Random } from './random.ts'
import type { Label, Party, Payment } from './transaction.ts'

const normal = (typology: string): Label => ({ typology, scheme_id: '', is_laundering: false })
const labels = {
  shopping: normal('n_shopping'),
  friends: normal('n_friends'),
  stall: normal('n_market_stall'),
  cash: normal('n_cash'),
} as const

/** When people pay: seconds of the day at equal shares of the day's payments. */
const daytime: Quantiles = [
  0, 6.6, 7.6, 8.6, 9.8, 11.2, 11.9, 12.6, 14.2, 16, 17.4, 18.2, 19, 20, 21.2, 22.4, 24,
].map((hour) => hour * 3600)
const prices: Quantiles = [2, 6, 9, 13, 18, 25, 34, 48, 72, 130, 420]
const gifts: Quantiles = [5, 20, 50, 66, 100, 200, 400, 900, 2_600]
const stallPrices: Quantiles = [3, 8, 14, 22, 35, 60, 110, 320]
const withdrawals: Quantiles = [100, 300, 500, 1_000, 2_000, 5_000]

/**
 * `count` payments of one day in order of time. The k-th lies in the k-th of `count` equal shares of the day's
 * payments, so that they come sorted without being held.
 */
export function* everydayOf(district: District, day: Day, count: number, random: Random): Generator<Payment> {
  const dayStart = startOfDay(day)
  for (let index = 0; index < count; index += 1) {
    const share = (index + random.unit()) / count
    yield payment(district, dayStart + secondOf(share) * 1000, random)
  }
}

function secondOf(share: number): number {
  const position = share * (daytime.length - 1)
  const index = Math.floor(position)
  const low = daytime[index] ?? 0
  const high = daytime[index + 1] ?? low
  return Math.min(86_399, Math.floor(low + (high - low) * (position - index)))
}

function payment(district: District, at: number, random: Random): Payment {
  const kind = random.unit()
  const { residents } = district
  // Some people pay more often than others.
  const number = random.int(random.chance(0.3) ? Math.ceil(residents.length / 3) : residents.length)
  const person = residents[number] ?? random.pick(residents)
  if (kind < 0.74) return shopping(district, at, person, number, random)
  if (kind < 0.87) return toFriend(residents, at, number, random)
  if (kind < 0.94) return atStall(district, at, random.pick(district.stallVisits), random)
  return withdrawal(district, at, person, number, random)
}

// oxlint-disable-next-line max-params -- hot path: one object less per row
function shopping(district: District, at: number, payer: Party, number: number, random: Random): Payment {
  const category = random.int(district.shops.length)
  const place = shuffled(number, category, district.residents.length)
  const payee = district.shops[category]?.[Math.floor(place / neighbours)] ?? payer
  const amount = Math.round(random.draw(prices) * 100)
  const channel = random.chance(0.78) ? 'third_party' : 'card'
  return { at, payer, payee, amount, channel, remark: '消费', label: labels.shopping }
}

/** Everyone has eight friends, so that nobody collects from many persons by friendship alone. */
function toFriend(residents: readonly Party[], at: number, number: number, random: Random): Payment {
  const payer = residents[number] ?? random.pick(residents)
  const step = random.between(1, 4) * (random.chance(0.5) ? 1 : -1)
  const payee = residents[(number + step + residents.length) % residents.length] ?? payer
  const amount = amountOf(random.draw(gifts) * 100, 100)
  const channel = random.chance(0.6) ? 'third_party' : 'transfer'
  return {
    at,
    payer,
    payee,
    amount,
    channel,
    remark: random.chance(0.5) ? '转账' : '红包',
    label: labels.friends,
  }
}

function atStall({ residents }: District, at: number, stall: Stall, random: Random): Payment {
  const number = shuffled(random.int(stall.customers), stall.salt, residents.length)
  const regular = residents[number] ?? random.pick(residents)
  const buyer = regular === stall.owner ? (residents[number === 0 ? 1 : number - 1] ?? regular) : regular
  const amount = Math.round(random.draw(stallPrices) * 100)
  const channel = random.chance(0.7) ? 'third_party' : 'transfer'
  return { at, payer: buyer, payee: stall.owner, amount, channel, remark: '买菜', label: labels.stall }
}

// oxlint-disable-next-line max-params -- hot path: one object less per row
function withdrawal(district: District, at: number, payer: Party, number: number, random: Random): Payment {
  const place = shuffled(number, 99, district.residents.length)
  const payee = district.cashMachines[Math.floor(place / neighbours)] ?? payer
  const amount = amountOf(random.draw(withdrawals) * 100, 10_000)
  return { at, payer, payee, amount, channel: 'cash', remark: '取现', label: labels.cash }
}
