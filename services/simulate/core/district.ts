/**
 * Who lives and trades in the simulated district. Sizes follow from the options; memory is bounded by `residentsMax`.
 * Who deals with whom is arithmetic (`shuffled`), so that no list of links has to be kept. Pure.
 */
import { regions } from '../../../schemas/reference.ts'
import { createCast } from './identity.ts'
import type { Cast } from './identity.ts'
import type { Random } from './random.ts'
import type { Party, SimulationOptions } from './transaction.ts'

const residentsMax = 50_000

/** A market trader: a person whose many customers pay to the person's own account. */
export interface Stall {
  readonly owner: Party
  /** Number of regular customers; more than 30 look like many persons paying into one account (R12). */
  readonly customers: number
  readonly salt: number
}

/** A tenancy. `day`: day of the month on which the rent is paid, 1–28. `rent`: minor units. */
export interface Tenancy {
  readonly tenant: Party
  readonly landlord: Party
  readonly rent: number
  readonly day: number
}

/** How large a firm's invoices are. */
export type FirmSize = 'small' | 'medium' | 'large'

/** A firm pays on one weekday and is paid two weekdays earlier, so that its money stays for more than a day. */
export interface Firm {
  readonly party: Party
  readonly size: FirmSize
  /** 0 = Monday … 4 = Friday. */
  readonly payWeekday: number
  /** Day of the month from which the payroll is due, 5–15. */
  readonly payrollDay: number
  readonly employees: readonly { readonly person: Party; readonly salary: number }[]
  /** Sells abroad. */
  readonly isExporter: boolean
}

/** Everyone and everything that pays and is paid in ordinary life. */
export interface District {
  readonly cast: Cast
  readonly residents: readonly Party[]
  readonly pensioners: readonly { readonly person: Party; readonly pension: number }[]
  readonly stalls: readonly Stall[]
  /** Every stall as often as it is visited. */
  readonly stallVisits: readonly Stall[]
  readonly tenancies: readonly Tenancy[]
  readonly firms: readonly Firm[]
  /** Customers and suppliers outside Luqiao, by weekday like firms. */
  readonly outsideFirms: readonly Party[]
  readonly wholesalers: readonly Party[]
  /** Freight agents: what they collect for carriers leaves the same day, which R09 sees too. */
  readonly agents: readonly Party[]
  /** Shops by category; residents are spread evenly over the shops of each category. */
  readonly shops: readonly (readonly Party[])[]
  readonly cashMachines: readonly Party[]
  readonly treasury: Party
  readonly pensionOffice: Party
  /** Persons who trade across the border now and then. */
  readonly traders: readonly Party[]
  /** Three customers in each country that buys here, by ISO 3166 code. */
  readonly customersAbroad: Readonly<Record<string, readonly Party[]>>
}

/** Customers per shop and cash machine: fewer than the 30 payers at which R12 begins. */
export const neighbours = 24

const shopCategories = [
  '便利店',
  '小吃店',
  '生鲜店',
  '药房',
  '加油站',
  '服装店',
  '网店',
  '出行服务',
  '水果店',
]

/** Luqiao, where seven of ten live. */
export const homeRegion = '331004'
const otherRegions = regions.flatMap((region) =>
  region.parent === '331000' && region.code !== homeRegion ? [region.code] : [],
)

/** Home for seven of ten, else elsewhere in Taizhou. */
export function someRegion(random: Random): string {
  return random.chance(0.7) ? homeRegion : random.pick(otherRegions)
}

/** Primes larger than any district, so that multiplying by one visits every place once. */
const strides = [
  1_000_003, 1_000_033, 1_000_037, 1_000_039, 1_000_081, 1_000_099, 1_000_117, 1_000_121, 1_000_133,
]

/** A place among `size` for `number` < `size`: a permutation that `salt` chooses. */
export function shuffled(number: number, salt: number, size: number): number {
  return (number * (strides[salt % strides.length] ?? 1) + salt * 7_919) % size
}

/** Ordinary residents that fit the wanted rate of rows. */
export function residentCount(options: SimulationOptions): number {
  const wanted = options.subjects ?? Math.round((options.transactions / options.days) * 1.7)
  return Math.min(residentsMax, Math.max(60, wanted))
}

/** Square root of the size against the default: stories and firms grow more slowly than everyday life. */
export function scaleOf(options: SimulationOptions): number {
  return Math.min(16, Math.max(0.2, Math.sqrt(options.transactions / 50_000)))
}

/** The district of one seed. */
export function createDistrict(options: SimulationOptions, random: Random): District {
  const cast = createCast()
  const people = random.fork('people')
  const size = residentCount(options)
  const scale = scaleOf(options)
  const residents = Array.from({ length: size }, () => cast.person(someRegion(people)))
  const many = (count: number): number => Math.max(2, Math.round(count * scale))
  const blocks = Math.ceil(size / neighbours)
  const stalls = createStalls(residents, many(18), random.fork('stalls'))
  return {
    cast,
    residents,
    pensioners: residents.flatMap((person, index) =>
      index % 10 === 9 ? [{ person, pension: people.between(1_900, 4_200) * 100 }] : [],
    ),
    stalls,
    stallVisits: stalls.flatMap((stall) => Array<Stall>(Math.ceil(stall.customers / 20)).fill(stall)),
    tenancies: createTenancies(residents, random.fork('tenancies')),
    firms: createFirms(residents, cast, many(56), random.fork('firms')),
    outsideFirms: Array.from({ length: many(20) }, () => cast.enterprise(people.pick(otherRegions))),
    wholesalers: Array.from({ length: many(6) }, (_, index) =>
      cast.enterprise(homeRegion, `路桥批发${index + 1}号商行`),
    ),
    agents: Array.from({ length: many(3) }, (_, index) =>
      cast.enterprise(homeRegion, `货运代理${index + 1}号有限公司`),
    ),
    shops: shopCategories.map((category) =>
      Array.from({ length: blocks }, (_, index) => cast.enterprise(homeRegion, `${category}${index + 1}号`)),
    ),
    cashMachines: Array.from({ length: blocks }, (_, index) =>
      cast.institution(homeRegion, `银行自助设备${index + 1}号`),
    ),
    treasury: cast.institution(homeRegion, '税务国库账户'),
    pensionOffice: cast.institution(homeRegion, '社保养老金账户'),
    traders: Array.from({ length: many(4) }, () => cast.person(homeRegion)),
    customersAbroad: Object.fromEntries(
      ['US', 'DE', 'HK', 'JP'].map((country) => [
        country,
        Array.from({ length: 3 }, () => cast.foreign(country)),
      ]),
    ),
  }
}

/** Two of three stalls have more than 30 regular customers, one in twelve more than 100. */
function createStalls(residents: readonly Party[], count: number, random: Random): Stall[] {
  return Array.from({ length: count }, (_, index) => {
    const wanted = index % 3 === 2 ? random.between(12, 20) : index % 12 === 6 ? 125 : random.between(38, 88)
    // Owners stand at the end of the list, where nobody lets rooms.
    const owner = residents[residents.length - 1 - (index % residents.length)] ?? random.pick(residents)
    return { owner, customers: Math.min(wanted, residents.length), salt: random.int(1_000_000) }
  })
}

/** One resident in three rents. Landlords let three to eighteen homes; the first two let 34, which R12 also sees. */
function createTenancies(residents: readonly Party[], random: Random): Tenancy[] {
  const tenancies: Tenancy[] = []
  const renters = Math.floor(residents.length / 3)
  const firstTenant = Math.floor(residents.length / 2)
  let landlord = 0
  while (tenancies.length < renters) {
    const homes = landlord < 2 && residents.length >= 400 ? 34 : random.between(3, 18)
    const owner = residents[landlord++] ?? random.pick(residents)
    for (let home = 0; home < homes && tenancies.length < renters; home += 1) {
      const tenant = residents[firstTenant + (tenancies.length % (residents.length - firstTenant))]
      if (tenant === undefined) return tenancies
      const rent = random.between(6, 32) * 10_000
      tenancies.push({ tenant, landlord: owner, rent, day: random.between(1, 28) })
    }
  }
  return tenancies
}

function createFirms(residents: readonly Party[], cast: Cast, count: number, random: Random): Firm[] {
  const staff: { person: Party; salary: number }[][] = Array.from({ length: count }, () => [])
  residents.forEach((person, index) => {
    if (index % 10 === 9 || index % 7 === 6) return
    // Larger firms stand first and employ more.
    const firm = random.chance(0.5) ? random.int(Math.ceil(count / 4)) : random.int(count)
    staff[firm]?.push({ person, salary: random.draw(salaries) * 100 })
  })
  return staff.map((employees, index) => ({
    party: cast.enterprise(random.chance(0.85) ? homeRegion : random.pick(otherRegions)),
    size: index < count * 0.14 ? 'large' : index < count * 0.48 ? 'medium' : 'small',
    payWeekday: index % 5,
    payrollDay: random.between(5, 15),
    employees: employees.map(({ person, salary }) => ({ person, salary: Math.round(salary / 1000) * 1000 })),
    isExporter: index % 11 === 3,
  }))
}

const salaries = [2_600, 3_800, 4_600, 5_200, 5_900, 6_700, 7_800, 9_500, 12_500, 17_000, 28_000]
