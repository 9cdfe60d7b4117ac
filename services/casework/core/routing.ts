/** Who gets a case: risk type × grade card × region × level (domain.md 4.2). Pure data and look-ups. */
import { regions } from '../../../schemas/reference.ts'
import type { AlertLevel, GradeCard } from '../../../schemas/http/common.ts'

/** One cell of the routing table. */
export interface Route {
  /** Has the ball and the deadlines. */
  readonly lead: string
  readonly assist: readonly string[]
  /** Asked next, in this order, when the lead returns the case as not its own; then D14 decides. */
  readonly next: readonly string[]
  /** Told, without anything to do. */
  readonly copy: readonly string[]
}

/** A card that sends a case on to a department; `cleared` sends it nowhere. */
export type RoutedCard = Exclude<GradeCard, 'none' | 'cleared'>

/** The row of one risk type. */
export interface TypeRoutes extends Readonly<Record<RoutedCard, Route>> {
  readonly verify: Route
}

/** Decides when nobody else is competent, domain.md 4.1. */
export const decider = 'D14'

/** The prosecutors' own department. */
export const procuratorate = 'D16'

/** Who watches a green card unless the table names somebody. */
const watch = 'D12'

interface RouteParts {
  readonly assist?: readonly string[]
  readonly next?: readonly string[]
  readonly copy?: readonly string[]
}

function route(lead: string, { assist = [], next = [], copy = [] }: RouteParts = {}): Route {
  return { lead, assist, next, copy }
}

/** The routing table. T0 has no cards in domain.md 4.2; its row below is a design choice (D01 triages, police on crime). */
export const routes: Readonly<Record<string, TypeRoutes>> = {
  T0: { verify: route('D01'), red: route('D02'), yellow: route('D01'), green: route(watch) },
  T1: {
    verify: route('D01', { assist: ['D12', 'D11', 'D04'], next: ['D04', 'D11'] }),
    red: route('D02', { assist: ['D01'], copy: ['D16'] }),
    yellow: route('D01', { assist: ['D04', 'D11'], next: ['D04', 'D11'] }),
    green: route(watch),
  },
  T2: {
    verify: route('D01', { assist: ['D13'] }),
    red: route('D02'),
    yellow: route('D01', { assist: ['D09'], next: ['D09'] }),
    green: route(watch),
  },
  T3: {
    verify: route('D03', { assist: ['D05', 'D06'], next: ['D05', 'D06'] }),
    red: route('D03'),
    yellow: route('D05'),
    green: route('D05'),
  },
  T4: {
    verify: route('D05', { assist: ['D08'], next: ['D08'] }),
    red: route('D02'),
    yellow: route('D05', { assist: ['D08'], next: ['D08'] }),
    green: route(watch),
  },
  T5: { verify: route('D01'), red: route('D02'), yellow: route('D01'), green: route(watch) },
  T6: {
    verify: route('D06'),
    red: route('D02', { assist: ['D17'], next: ['D17'] }),
    yellow: route('D06'),
    green: route('D06'),
  },
  T7: {
    verify: route('D07', { assist: ['D01'], next: ['D01'] }),
    red: route('D02'),
    yellow: route('D07'),
    green: route(watch),
  },
  T8: { verify: route('D04'), red: route('D02'), yellow: route('D04'), green: route(watch) },
  T9: { verify: route('D09'), red: route('D02'), yellow: route('D09'), green: route('D09') },
  T10: {
    verify: route('D10'),
    red: route('D02', { assist: ['D10'] }),
    yellow: route('D10'),
    green: route('D10'),
  },
  T11: { verify: route('D08'), red: route('D02'), yellow: route('D08'), green: route(watch) },
  T12: {
    verify: route('D11', { assist: ['D12'] }),
    red: route('D02'),
    yellow: route('D11', { assist: ['D04'], next: ['D04'] }),
    green: route('D11'),
  },
  T13: { verify: route('D17'), red: route('D17'), yellow: route('D17'), green: route('D17') },
}

const unclassified = route('D01')

/** The cell for a risk type before grading (`verify`) or after (`card`). A type nobody knows is treated as T0. */
export function routeOf(riskType: string, card: RoutedCard | 'verify'): Route {
  return (routes[riskType] ?? routes['T0'])?.[card] ?? unclassified
}

/** Luqiao: where a case goes whose subject has no region, or one outside the area. */
export const defaultRegion = '331004'

/** Taizhou: the level above. */
export const cityRegion = '331000'

/** The district that leads: the subject's own (737 Art. 20) when it is one of ours, else the default. */
export function regionOf(subjectRegion: string): string {
  return regions.some((region) => region.code === subjectRegion && region.parent !== '')
    ? subjectRegion
    : defaultRegion
}

/** Somebody who is told because of the level alone. */
export interface Copy {
  readonly department: string
  readonly region: string
}

/** Level effect of domain.md 4.2: orange tells D14 and the duty prosecutor, red the city's counterpart and D14 too. */
export function copiesOf(level: AlertLevel, lead: string, region: string): readonly Copy[] {
  if (level === 'blue' || level === 'yellow') return []
  const district = [decider, procuratorate].map((department) => ({ department, region }))
  if (level === 'orange') return district
  return [...district, { department: lead, region: cityRegion }, { department: decider, region: cityRegion }]
}
