/**
 * Publishes the outbox in the order of its ids. The publisher remembers the last id with the records (one atomic write),
 * so a crash between publishing and deleting doubles nothing: what is at or below that id was published and is only deleted.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Store } from '../../platform/store/port.ts'
import { LogError } from '../../platform/log/port.ts'
import type { Log, NewRecord, Publisher } from '../../platform/log/port.ts'
import { outputs } from './records.ts'
import type { Output } from './records.ts'
import type { Tables } from './tables.ts'

/** Name of the publisher; its position is an outbox id. */
export const publisherName = 'casework-outbox'

const batchMax = 500
/** Other processes commit too; their work is found by looking. */
const pollMs = 1_000

/** Commits of the same moment are published together. */
const gatherMs = 5

/** Named places where a test may stop the relay as a crash would. */
export interface RelayFaults {
  readonly afterPublish?: () => void
}

interface Waiting {
  readonly id: number
  readonly record: NewRecord
}

function isOutput(topic: string): topic is Output {
  return topic in outputs
}

async function waiting(store: Store<Tables>): Promise<readonly Waiting[]> {
  const rows = await store.db.selectFrom('outbox').selectAll().orderBy('id').limit(batchMax).execute()
  return rows.map(({ id, topic, key, value, headers, recorded_at: timestamp }) => {
    if (!isOutput(topic)) throw new Error(`Outbox row ${id} names the unknown topic '${topic}'`)
    return { id, record: { topic: outputs[topic], key, value, headers, timestamp } }
  })
}

async function forget(store: Store<Tables>, upTo: number): Promise<void> {
  await store.db.deleteFrom('outbox').where('id', '<=', upTo).execute()
}

/** @throws Error when the database was put back behind the log: its next ids would be taken for published */
async function assertNotBehind(store: Store<Tables>, published: number): Promise<void> {
  const result = await sql<{ last: number | null }>`
    select case when is_called then last_value else last_value - 1 end as last
    from outbox_id_seq`.execute(store.db)
  const last = result.rows[0]?.last ?? 0
  if (last >= published) return
  throw new Error(
    `The casework database ends at outbox id ${last}, but ${published} was published already: it was restored from an older copy. ` +
      'Restore database and log of the same time, or raise outbox_id_seq above that id and re-publish by hand.',
  )
}

/** The relay: `drain` until nothing waits, `run` until stopped. */
export class OutboxRelay {
  private readonly store: Store<Tables>
  private readonly publisher: Publisher
  private readonly faults: RelayFaults
  private wake: () => void = () => undefined
  /** Count of commits told of, and how many of them were known to be published when it was last looked. */
  private told = 0
  private published = -1

  private constructor(store: Store<Tables>, publisher: Publisher, faults: RelayFaults) {
    this.store = store
    this.publisher = publisher
    this.faults = faults
  }

  /** Takes the publisher over and clears what an earlier run published without deleting it. */
  static async open(store: Store<Tables>, log: Log, faults: RelayFaults = {}): Promise<OutboxRelay> {
    const publisher = await log.publisher(publisherName)
    const published = await publisher.position()
    await assertNotBehind(store, published)
    await forget(store, published)
    return new OutboxRelay(store, publisher, faults)
  }

  /** Something was committed: look now. */
  notify(): void {
    this.told += 1
    this.wake()
  }

  /** True when everything this process committed, and what it found at the start, is published. */
  get isDrained(): boolean {
    return this.published === this.told
  }

  /** Publishes one batch. @returns how many records left; `batchMax` when there may be more */
  async publishBatch(): Promise<number> {
    const batch = await waiting(this.store)
    const last = batch.at(-1)
    if (last === undefined) return 0
    try {
      await this.publisher.publish(
        batch.map((one) => one.record),
        last.id,
      )
    } catch (error) {
      // Published before, not deleted: go on behind it.
      if (!(error instanceof LogError) || error.code !== 'position_behind') throw error
      const published = await this.publisher.position()
      await forget(this.store, published)
      return batchMax
    }
    this.faults.afterPublish?.()
    await forget(this.store, last.id)
    return batch.length
  }

  /** Publishes until `signal`. Retriable failures of the log are tried again; anything else ends it. */
  async run(signal: AbortSignal, onDrained: () => void): Promise<void> {
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.wake = resolve
      })
      const { told } = this
      const count = await this.tryBatch()
      if (count === batchMax) continue
      if (count !== undefined) {
        this.published = told
        onDrained()
      }
      // Waking does not help against a log that refuses; time may.
      await this.pause(count === undefined ? new Promise<void>(() => undefined) : woken, signal)
    }
    await this.publisher.close()
  }

  /** @returns undefined when the log may be able to take it later */
  private async tryBatch(): Promise<number | undefined> {
    try {
      return await this.publishBatch()
    } catch (error) {
      if (error instanceof LogError && error.retriable) return undefined
      throw error
    }
  }

  private async pause(woken: Promise<void>, signal: AbortSignal): Promise<void> {
    const timer = new AbortController()
    const stop = AbortSignal.any([signal, timer.signal])
    await Promise.race([woken, delay(pollMs, undefined, { signal: stop }).catch(() => undefined)])
    timer.abort()
    if (!signal.aborted) await delay(gatherMs)
  }
}
