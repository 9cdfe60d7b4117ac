/** Folds batches of case events into the tables; what they bring and how far they reach is committed together. */
import { sql } from 'kysely'
import type { Transaction } from 'kysely'
import { codecOf, UndecodableError } from '../../../schemas/codec.ts'
import { topics } from '../../../schemas/topics.ts'
import type { CaseEvent } from '../../../schemas/types.ts'
import { LogError } from '../../platform/log/port.ts'
import type { Batch } from '../../platform/log/port.ts'
import type { Store } from '../../platform/store/port.ts'
import { evolve } from '../core/history.ts'
import type { CaseHistory } from '../core/history.ts'
import type { PromiseRow, Tables } from './tables.ts'

/** A statement takes at most 65,535 parameters. */
const rowsMax = 2000

const codec = codecOf<CaseEvent>('case-event')

/** Position from which a partition goes on. */
export async function readPosition(store: Store<Tables>, partition: number): Promise<number> {
  const row = await store.db
    .selectFrom('position')
    .select('next_offset')
    .where('partition', '=', partition)
    .executeTakeFirst()
  return row?.next_offset ?? 0
}

/** The history of a case is damaged: going on would show the prosecutor a wrong board. */
function broken(batch: Batch, offset: number, reason: string, cause?: unknown): LogError {
  const place = `${topics.caseEvents.name}, partition ${batch.partition}, offset ${offset}`
  return new LogError(
    'gap',
    `Supervision stopped at ${place}: ${reason}. Nothing after it was read. ` +
      'Update Weir if a newer version wrote this; otherwise restore the topic, or rebuild the schema supervise from it.',
    { retriable: false, cause },
  )
}

interface Received {
  readonly offset: number
  readonly event: CaseEvent
}

function decodeAll(batch: Batch): Received[] {
  return batch.records.map(({ offset, value }) => {
    if (value === null) throw broken(batch, offset, 'a case event was deleted')
    try {
      return { offset, event: codec.decode(value) }
    } catch (error) {
      if (!(error instanceof UndecodableError)) throw error
      throw broken(batch, offset, `the event cannot be decoded (${error.reason})`, error)
    }
  })
}

async function readHistories(
  trx: Transaction<Tables>,
  caseIds: readonly string[],
): Promise<Map<string, CaseHistory>> {
  const ids = sql<string>`any(${caseIds})`
  const records = await trx.selectFrom('supervised_case').selectAll().where('case_id', '=', ids).execute()
  const promises = await trx
    .selectFrom('promise')
    .selectAll()
    .where('case_id', '=', ids)
    .orderBy('ordinal')
    .execute()
  const byCase = Map.groupBy(promises, (promise) => promise.case_id)
  return new Map(
    records.map((record) => [record.case_id, { record, promises: byCase.get(record.case_id) ?? [] }]),
  )
}

/** A second event of the same number must be the same event; two histories of one case cannot both be true. */
async function refuseForks(
  trx: Transaction<Tables>,
  batch: Batch,
  repeated: readonly Received[],
): Promise<void> {
  if (repeated.length === 0) return
  const stored = await trx
    .selectFrom('case_event')
    .select(['case_id', 'sequence', 'event_id'])
    .where('case_id', '=', sql<string>`any(${repeated.map(({ event }) => event.case_id)})`)
    .execute()
  const known = new Map(stored.map((row) => [JSON.stringify([row.case_id, row.sequence]), row.event_id]))
  for (const { event, offset } of repeated) {
    if (known.get(JSON.stringify([event.case_id, event.sequence])) !== event.event_id) {
      throw broken(batch, offset, `case ${event.case_id} has two different events ${event.sequence}`)
    }
  }
}

interface Folded {
  readonly fresh: readonly CaseEvent[]
  readonly repeated: readonly Received[]
  readonly changed: ReadonlyMap<string, CaseHistory>
}

function foldAll(
  batch: Batch,
  received: readonly Received[],
  known: ReadonlyMap<string, CaseHistory>,
): Folded {
  const fresh: CaseEvent[] = []
  const repeated: Received[] = []
  const changed = new Map<string, CaseHistory>()
  for (const { offset, event } of received) {
    const result = evolve(changed.get(event.case_id) ?? known.get(event.case_id), event)
    switch (result.kind) {
      case 'evolved':
        fresh.push(event)
        changed.set(event.case_id, result.history)
        break
      case 'duplicate':
        repeated.push({ offset, event })
        break
      case 'broken':
        throw broken(batch, offset, `case ${event.case_id}: ${result.reason}, ${result.detail}`)
    }
  }
  return { fresh, repeated, changed }
}

async function insertEvents(trx: Transaction<Tables>, events: readonly CaseEvent[]): Promise<void> {
  const rows = events.map((event) => ({
    case_id: event.case_id,
    sequence: event.sequence,
    event_id: event.event_id,
    type: event.type,
    occurred_at: event.occurred_at,
    event: JSON.stringify(event),
  }))
  await trx.insertInto('case_event').values(rows).execute()
}

async function upsertRecords(trx: Transaction<Tables>, histories: readonly CaseHistory[]): Promise<void> {
  await trx
    .insertInto('supervised_case')
    .values(histories.map(({ record }) => record))
    .onConflict((conflict) =>
      conflict.column('case_id').doUpdateSet((row) => ({
        level: row.ref('excluded.level'),
        card: row.ref('excluded.card'),
        state: row.ref('excluded.state'),
        stage: row.ref('excluded.stage'),
        is_open: row.ref('excluded.is_open'),
        region: row.ref('excluded.region'),
        owner: row.ref('excluded.owner'),
        closed_at: row.ref('excluded.closed_at'),
        last_event_at: row.ref('excluded.last_event_at'),
        sequence: row.ref('excluded.sequence'),
        warnings: row.ref('excluded.warnings'),
        reminded: row.ref('excluded.reminded'),
        supervised: row.ref('excluded.supervised'),
        verified: row.ref('excluded.verified'),
        measured: row.ref('excluded.measured'),
      })),
    )
    .execute()
}

/** Only promises that are new or different: the fold leaves the others as the very objects that were read. */
function changedPromises(folded: Folded, known: ReadonlyMap<string, CaseHistory>): PromiseRow[] {
  const unchanged = new Set([...known.values()].flatMap((history) => history.promises))
  return [...folded.changed.values()].flatMap(({ promises }) =>
    promises.flatMap((promise, ordinal) => (unchanged.has(promise) ? [] : [{ ...promise, ordinal }])),
  )
}

async function upsertPromises(trx: Transaction<Tables>, promises: readonly PromiseRow[]): Promise<void> {
  for (let start = 0; start < promises.length; start += rowsMax) {
    await trx
      .insertInto('promise')
      .values(promises.slice(start, start + rowsMax))
      .onConflict((conflict) =>
        conflict.column('promise_id').doUpdateSet((row) => ({
          kept_at: row.ref('excluded.kept_at'),
          withdrawn_at: row.ref('excluded.withdrawn_at'),
          reminders: row.ref('excluded.reminders'),
        })),
      )
      .execute()
  }
}

/**
 * Folds one batch in, in one transaction with its position. Duplicates and replays change nothing.
 * @returns the events that were new, in log order
 * @throws LogError `gap`, not retriable: an event is missing, unreadable, or contradicts the history
 */
export async function project(store: Store<Tables>, batch: Batch): Promise<readonly CaseEvent[]> {
  const received = decodeAll(batch)
  return store.transaction(async (trx) => {
    const caseIds = [...new Set(received.map(({ event }) => event.case_id))]
    const known = await readHistories(trx, caseIds)
    const folded = foldAll(batch, received, known)
    if (folded.fresh.length > 0) {
      await upsertRecords(trx, [...folded.changed.values()])
      await upsertPromises(trx, changedPromises(folded, known))
      await insertEvents(trx, folded.fresh)
    }
    await refuseForks(trx, batch, folded.repeated)
    await trx
      .insertInto('position')
      .values({ partition: batch.partition, next_offset: batch.nextOffset })
      .onConflict((conflict) =>
        conflict
          .column('partition')
          .doUpdateSet({ next_offset: sql`greatest(position.next_offset, excluded.next_offset)` }),
      )
      .execute()
    return folded.fresh
  })
}
