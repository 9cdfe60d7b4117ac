import type { IdentityVault } from '../../../platform/identity/port.ts'
import type { Log } from '../../../platform/log/port.ts'
import { topics } from '../../../../schemas/topics.ts'
import type { TopicSpec } from '../../../../schemas/topics.ts'
import type { Transaction } from '../../../../schemas/types.ts'
import type { ClearTransaction } from '../../core/transaction.ts'
import type { IngestMetrics } from '../metrics.ts'

/** What publishing stands on. */
export interface PublishParts {
  readonly log: Log
  readonly vault: IdentityVault
  /** Makes a payment fit to leave ingestion, with the vault. */
  readonly canonical: (clear: ClearTransaction) => Transaction
  readonly metrics: IngestMetrics
  /** Prefix of topic names, for facts and metrics. */
  readonly prefix: string
  /** Milliseconds since 1970; stamps dead letters only. */
  readonly now: () => number
}

/** What one call published. */
export interface Published {
  readonly published: number
  readonly refused: number
  /** Refused records by reason. */
  readonly refusedBy: Readonly<Record<string, number>>
  /** Records that were there already, from an earlier call or an earlier life. */
  readonly alreadyTaken: number
}

/** Records of one commit. */
export const batchRecords = 1000

/** Counts what becomes of records until it is committed. */
export class Tally {
  published = 0
  refused = 0
  alreadyTaken = 0
  readonly refusedBy: Record<string, number> = {}

  /** Counts one refused record. */
  refuse(reason: string): void {
    this.refused += 1
    this.refusedBy[reason] = (this.refusedBy[reason] ?? 0) + 1
  }

  /** Adds another tally to this one. */
  add(other: Tally): void {
    this.published += other.published
    this.refused += other.refused
    this.alreadyTaken += other.alreadyTaken
    for (const [reason, count] of Object.entries(other.refusedBy)) {
      this.refusedBy[reason] = (this.refusedBy[reason] ?? 0) + count
    }
  }

  /** Shows what was committed. */
  report(metrics: IngestMetrics, format: string, topic: TopicSpec = topics.transactions): void {
    metrics.records(format, 'published', this.published)
    metrics.records(format, 'refused', this.refused)
    for (const [reason, count] of Object.entries(this.refusedBy)) metrics.deadLetter(reason, count, topic)
  }
}
