/** Which faults strike, whom and when: drawn from the seed alone, so that the same line draws the same faults. Pure. */
import { drawsOf } from './random.ts'
import type { Draw } from './random.ts'

/** What workers do. */
export type Role = 'split' | 'score' | 'publish'

/** Requests that a transaction is made of. */
export const transactionalRequests = ['Produce', 'AddPartitionsToTxn', 'EndTxn', 'InitProducerId'] as const
/** One of them. */
export type TransactionalRequest = (typeof transactionalRequests)[number]

/** Everything that goes wrong, with how often it does compared to the others. */
const weights = {
  /** SIGKILL; the supervisor starts it again. */
  kill: 3,
  /** SIGTERM; the supervisor starts it again. */
  stop: 1,
  /** SIGSTOP for longer than its session, then SIGCONT: it wakes up believing that all is as it was. */
  zombie: 3,
  /** A second process of the same name, on the same folder, while the first one goes on. */
  twin: 1,
  /** Another member comes, and goes again. */
  join: 1,
  /** A member goes, and comes back after a while. */
  leave: 1,
  /** Killed, and its folder with it: another machine takes over. */
  'machine-lost': 2,
  /** No file of the worker can grow or be written for a while. */
  'folder-full': 1,
  /** Requests of a transaction that were never sent. */
  'request-unsent': 2,
  /** Requests of a transaction that were carried out, with the answer lost. */
  'answer-lost': 3,
  'broker-killed': 2,
  'broker-restarted': 1,
  /** The broker stands still for a while and keeps its connections. */
  'broker-paused': 1,
  /** The broker (and its disk with it) gets a fraction of its time. */
  'broker-slow': 1,
  /** The broker's disk is full: it goes down, and is started again once there is room. */
  'broker-full': 1,
} as const

/** What goes wrong. */
export type FaultKind = keyof typeof weights
/** Everything that can go wrong. */
export const faultKinds = Object.keys(weights) as readonly FaultKind[]

/** One fault. */
export interface Fault {
  readonly number: number
  readonly kind: FaultKind
  /** A worker, or `broker`. */
  readonly target: string
  /** How long it lasts, where it lasts; ms. */
  readonly lastsMs: number
  /** Wait before it strikes, after there was progress; ms. */
  readonly afterMs: number
  /** It strikes while the one before is still at work. */
  readonly overlaps: boolean
  /** For faults of requests. */
  readonly request: TransactionalRequest
  readonly times: number
}

/** What faults are drawn for. */
export interface PlanOptions {
  readonly seed: number
  readonly faults: number
  /** Workers of each kind. */
  readonly workers: Readonly<Record<Role, number>>
  readonly brokers: number
  readonly sessionMs: number
  readonly kinds: readonly FaultKind[]
}

/** Names of the workers: `split-1`, … */
export function workerNames(workers: Readonly<Record<Role, number>>): string[] {
  return Object.entries(workers).flatMap(([role, count]) =>
    Array.from({ length: count }, (_, index) => `${role}-${index + 1}`),
  )
}

/** What a worker does, from its name. */
export function roleOf(worker: string): Role {
  return worker.slice(0, worker.lastIndexOf('-')) as Role
}

/** How long each kind lasts, ms. */
function lastsMs(kind: FaultKind, draw: Draw, sessionMs: number): number {
  switch (kind) {
    case 'zombie':
      return sessionMs + draw.between(300, 1_000)
    case 'twin':
    case 'join':
    case 'leave':
      return draw.between(1_000, 3_000)
    case 'folder-full':
      return draw.between(500, 2_500)
    case 'broker-paused':
      return draw.between(500, Math.ceil(1.5 * sessionMs))
    case 'broker-slow':
      return draw.between(1_000, 3_000)
    case 'broker-killed':
    case 'broker-restarted':
      // How long it is down besides what starting takes.
      return draw.chance(0.5) ? 0 : draw.between(0, 2_000)
    case 'kill':
    case 'machine-lost':
      return draw.chance(0.7) ? 0 : draw.between(0, sessionMs + 1_000)
    case 'stop':
    case 'request-unsent':
    case 'answer-lost':
    case 'broker-full':
      return 0
  }
}

const workersOnly = {
  // A publisher of which there are two at once fences itself; `zombie` shows that.
  readers: ['twin', 'join', 'leave', 'folder-full', 'machine-lost'] as readonly FaultKind[],
  broker: (kind: FaultKind): boolean => kind.startsWith('broker-'),
}

function targetOf(kind: FaultKind, draw: Draw, { workers, brokers }: PlanOptions): string {
  if (workersOnly.broker(kind)) return `broker-${draw.between(1, brokers)}`
  const names = workerNames(workers)
  const readers = names.filter((name) => roleOf(name) !== 'publish')
  return draw.one(workersOnly.readers.includes(kind) ? readers : names)
}

/** Every kind comes up once before one comes up again; then as often as it weighs. */
function kindsOf(draw: Draw, { faults, kinds }: PlanOptions): FaultKind[] {
  const deck = kinds.flatMap((kind) => Array.from({ length: weights[kind] }, () => kind))
  const drawn = draw.shuffled(kinds)
  while (drawn.length < faults) drawn.push(...draw.shuffled(deck))
  return drawn.slice(0, faults)
}

/** The faults of a run, in order. */
export function drawFaults(options: PlanOptions): Fault[] {
  const draw = drawsOf(options.seed, 'faults')
  return kindsOf(draw, options).map((kind, index) => ({
    number: index + 1,
    kind,
    target: targetOf(kind, draw, options),
    lastsMs: lastsMs(kind, draw, options.sessionMs),
    afterMs: draw.between(0, 800),
    overlaps: index > 0 && draw.chance(0.5),
    request: draw.one(transactionalRequests),
    times: draw.between(1, 3),
  }))
}
