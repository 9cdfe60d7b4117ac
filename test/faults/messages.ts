/** What the harness and its workers say to each other. */
import type { Role, TransactionalRequest } from './plan.ts'

/** How a worker is started; its only argument, as JSON. */
export interface WorkerSpec {
  readonly role: Role
  /** `host:port` */
  readonly brokers: readonly string[]
  readonly prefix: string
  /** Its data folder. */
  readonly directory: string
  readonly partitions: number
  readonly replication: number
  readonly sessionMs: number
  /** Share of transactional requests that fail unasked, half of them before and half after. */
  readonly failingShare: number
  readonly seed: number
  /** Publisher: records per second, from this moment on (ms since 1970). */
  readonly rate: number
  readonly startedAt: number
}

/** Whether a request is never sent, or its answer lost. */
export type FailureMoment = 'before' | 'after'

/** What a worker is told. */
export type Order =
  | {
      readonly order: 'fail'
      readonly request: TransactionalRequest
      readonly moment: FailureMoment
      readonly times: number
    }
  /** The publisher publishes no more. */
  | { readonly order: 'end' }

/** What a worker tells. */
export type Report =
  | {
      readonly report: 'progress'
      readonly group: string
      readonly records: number
    }
  | { readonly report: 'opened'; readonly group: string; readonly partition: number }
  | { readonly report: 'failed'; readonly request: string; readonly moment: FailureMoment }
  /** Everything before this number is published, and nothing more comes. */
  | { readonly report: 'ended'; readonly index: number }

/** Group under which the publisher's progress goes. */
export const publishing = 'publish'

/** Understands what a worker sent; undefined when it is meant for somebody else. */
export function reportOf(message: unknown): Report | undefined {
  return typeof message === 'object' && message !== null && 'report' in message
    ? (message as Report)
    : undefined
}
