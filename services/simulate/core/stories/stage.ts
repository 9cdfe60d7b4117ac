/** What every story gets to tell itself with. Pure. */
import type { Cast } from '../identity.ts'
import type { Random } from '../random.ts'
import type { Day } from '../../../platform/calendar/day.ts'
import type { Channel } from '../../../../schemas/types.ts'
import type { Label, Party, Payment } from '../transaction.ts'

/** The period, the people and the randomness of one story. */
export interface Stage {
  readonly cast: Cast
  /** People of the district, who may be drawn into a story. */
  readonly residents: readonly Party[]
  readonly cashMachines: readonly Party[]
  /** This story's own stream. */
  readonly random: Random
  readonly firstDay: Day
  readonly days: number
  /** Rows of the whole simulation; a story takes a small share of them. */
  readonly transactions: number
}

/** Tells the `number`-th story of its kind (0, 1, …): its payments in no particular order, some perhaps outside the period. */
export type Story = (stage: Stage, number: number) => Payment[]

/** `fund-03`: the pattern_id of a story's rows. */
export function schemeId(prefix: string, number: number): string {
  return `${prefix}-${String(number + 1).padStart(2, '0')}`
}

/** What one payment of a story is about. `amount`: minor units. `at`: ms since 1970. */
export interface Act {
  readonly at: number
  readonly payer: Party
  readonly payee: Party
  readonly amount: number
  readonly remark: string
  /** Default transfer. */
  readonly channel?: Channel
}

/** A writer of payments that all carry one label. */
export function script(label: Label): { readonly payments: Payment[]; readonly add: (act: Act) => void } {
  const payments: Payment[] = []
  return { payments, add: (act) => payments.push({ channel: 'transfer', ...act, label }) }
}

/** Yuan in minor units. */
export const yuan = 100

/** A number that grows with the size of the simulation, between its limits. */
export function sized(stage: Stage, low: number, high: number): number {
  const fits = Math.floor(stage.transactions / 40)
  return Math.max(1, Math.min(stage.random.between(low, high), fits))
}

/** `count` different residents (fewer when there are not so many). */
export function someResidents(stage: Stage, count: number): Party[] {
  const chosen = new Set<Party>()
  for (let tries = 0; chosen.size < count && tries < count * 20; tries += 1) {
    chosen.add(stage.random.pick(stage.residents))
  }
  return [...chosen]
}
