/** Warnings become leads: one batch, one transaction, whatever its size. */
import { createHash } from 'node:crypto'
import type { Transaction } from 'kysely'
import { codecs, UndecodableError } from '../../../schemas/codec.ts'
import { asSingleObject } from '../../../schemas/header.ts'
import type { Warning } from '../../../schemas/types.ts'
import type { WorkingCalendar } from '../../platform/calendar/calendar.ts'
import { undecodableFacts } from '../../platform/dead-letters/letter.ts'
import type { Batch, LogRecord } from '../../platform/log/port.ts'
import { system } from '../core/case.ts'
import type { Case } from '../core/case.ts'
import { receiveWarning, suppressionMs } from '../core/lead.ts'
import { append, Changes, lockForAppend } from './append.ts'
import type { StoredCase } from './append.ts'
import { Writes } from './bulk.ts'
import type { RowOf } from './bulk.ts'
import { setAside } from './dead-letters.ts'
import type { SetAside } from './dead-letters.ts'
import { moveBehind } from './positions.ts'
import type { Tables } from './tables.ts'

/** A warning with where it came from. */
interface Received {
  readonly warning: Warning
  readonly record: LogRecord
}

/** What the warnings of one batch came to: how many of each, and why those undecodable were set aside. */
export interface WarningsReceived {
  readonly counts: Readonly<Record<'opened' | 'appended' | 'suppressed' | 'repeated' | 'undecodable', number>>
  readonly setAside: readonly string[]
}

const warningColumns = {
  warning_id: 'text',
  case_id: 'text',
  suppressed: 'boolean',
  level: 'text',
  event_time: 'bigint',
  received_at: 'bigint',
  value: 'bytea',
  traceparent: 'text',
} as const

/** Id of the lead that a warning opens: always the same for the same warning. */
export function caseIdOf(warningId: string): string {
  return `C${createHash('sha256').update(warningId).digest('hex').slice(0, 20)}`
}

/** Sorts a batch into warnings and dead letters. Pure. */
function decodeWarnings(
  batch: Batch,
  prefix: string,
): {
  readonly received: readonly Received[]
  readonly dead: readonly SetAside[]
} {
  const received: Received[] = []
  const dead: SetAside[] = []
  for (const record of batch.records) {
    try {
      if (record.value === null) throw new UndecodableError('corrupt_body', 'a warning has no tombstone')
      received.push({ warning: codecs.warning.decode(record.value), record })
    } catch (error) {
      if (!(error instanceof UndecodableError)) throw error
      dead.push(setAside('warning_dead_letters', batch, record, undecodableFacts(error), prefix))
    }
  }
  return { received, dead }
}

async function unseen(trx: Transaction<Tables>, received: readonly Received[]): Promise<readonly Received[]> {
  if (received.length === 0) return []
  const ids = [...new Set(received.map((one) => one.warning.warning_id))]
  const rows = await trx.selectFrom('warnings').select('warning_id').where('warning_id', 'in', ids).execute()
  const seen = new Set(rows.map((row) => row.warning_id))
  const fresh: Received[] = []
  for (const one of received) {
    // Added at once: a second copy within the batch is the same warning.
    if (!seen.has(one.warning.warning_id)) fresh.push(one)
    seen.add(one.warning.warning_id)
  }
  return fresh
}

const keyOf = (subjectId: string, riskType: string): string => JSON.stringify([subjectId, riskType])

/** The open and the lately cleared case of every subject and risk type in a batch. */
class Candidates {
  private readonly open = new Map<string, StoredCase>()
  private readonly cleared = new Map<string, StoredCase>()

  put(stored: StoredCase): void {
    const { current } = stored
    const key = keyOf(current.subjectId, current.riskType)
    if (current.closedAt === null) {
      this.open.set(key, stored)
      return
    }
    const known = this.cleared.get(key)?.current.closedAt ?? 0
    if (current.closedAt >= known) this.cleared.set(key, stored)
  }

  of(warning: Warning): { readonly open: StoredCase | undefined; readonly cleared: StoredCase | undefined } {
    const key = keyOf(warning.subject_id, warning.risk_type)
    return { open: this.open.get(key), cleared: this.cleared.get(key) }
  }
}

async function loadCandidates(
  trx: Transaction<Tables>,
  received: readonly Received[],
  now: number,
): Promise<Candidates> {
  const candidates = new Candidates()
  const subjects = [...new Set(received.map((one) => one.warning.subject_id))]
  if (subjects.length === 0) return candidates
  const rows = await trx
    .selectFrom('cases')
    .select(['snapshot', 'traceparent'])
    .where('subject_id', 'in', subjects)
    .where((where) =>
      where.or([
        where('is_open', '=', true),
        where.and([where('card', '=', 'cleared'), where('closed_at', '>', now - suppressionMs)]),
      ]),
    )
    .execute()
  for (const row of rows) candidates.put({ current: row.snapshot, traceparent: row.traceparent })
  return candidates
}

interface Sorting {
  readonly candidates: Candidates
  readonly calendar: WorkingCalendar
  readonly now: number
  readonly changes: Changes
  readonly rows: RowOf<'warnings'>[]
}

function sortOne({ warning, record }: Received, sorting: Sorting): 'opened' | 'appended' | 'suppressed' {
  const { candidates, calendar, now, changes, rows } = sorting
  const { open, cleared } = candidates.of(warning)
  const caseId = caseIdOf(warning.warning_id)
  const context = { now, calendar, actor: system }
  const steps = receiveWarning({ open: open?.current, cleared: cleared?.current }, warning, caseId, context)
  const first = steps[0]?.fact.type
  const isOpened = first === 'lead_opened'
  const isSuppressed = first === 'warning_suppressed'
  const joined = isSuppressed ? cleared : open
  const before: Case | undefined = isOpened ? undefined : joined?.current
  const after = steps.at(-1)?.after
  if (after === undefined) throw new Error(`Warning ${warning.warning_id} came to nothing`)
  const traceparent = isOpened ? (record.headers['traceparent'] ?? '') : (joined?.traceparent ?? '')
  changes.add(before, steps, { subjectIdentity: warning.subject_identity, traceparent })
  candidates.put({ current: after, traceparent })
  rows.push({
    warning_id: warning.warning_id,
    case_id: after.caseId,
    suppressed: isSuppressed,
    level: warning.level,
    event_time: warning.event_time,
    received_at: now,
    // Read back where no schema registry is asked.
    value: asSingleObject(record.value ?? new Uint8Array(0)),
    traceparent: record.headers['traceparent'] ?? '',
  })
  if (isOpened) return 'opened'
  return isSuppressed ? 'suppressed' : 'appended'
}

/**
 * Takes in one batch inside `trx`; position, dead letters and outbox included. Retried as a whole, so it has no other effects.
 * @param prefix of topic names, for the facts of what is set aside
 */
export async function receiveWarnings(
  trx: Transaction<Tables>,
  batch: Batch,
  now: number,
  calendar: WorkingCalendar,
  prefix: string,
): Promise<WarningsReceived> {
  await lockForAppend(trx)
  await moveBehind(trx, 'warnings', batch)
  const { received, dead } = decodeWarnings(batch, prefix)
  const fresh = await unseen(trx, received)
  const candidates = await loadCandidates(trx, fresh, now)
  const sorting: Sorting = { candidates, calendar, now, changes: new Changes(), rows: [] }
  const counts = { opened: 0, appended: 0, suppressed: 0 }
  for (const one of fresh) counts[sortOne(one, sorting)] += 1
  const writes = new Writes()
  writes.insert('warnings', warningColumns, sorting.rows)
  append(
    writes,
    sorting.changes,
    dead.map(({ message }) => message),
  )
  await writes.send(trx)
  return {
    counts: { ...counts, repeated: received.length - fresh.length, undecodable: dead.length },
    setAside: dead.map(({ reason }) => reason),
  }
}
