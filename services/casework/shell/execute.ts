/** One function for every command: load, decide, append, project, publish, in one transaction; the same command twice has one effect. */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Transaction } from 'kysely'
import type { Session } from '../../../schemas/http/common.ts'
import type { WorkingCalendar } from '../../platform/calendar/calendar.ts'
import type { Actor, Case } from '../core/case.ts'
import { decide } from '../core/decide.ts'
import type { CaseCommand } from '../core/decide.ts'
import { mayRead } from '../core/permissions.ts'
import { isRefused, refusals, refuse } from '../core/refusals.ts'
import type { RefusalCode, Refused } from '../core/refusals.ts'
import { append, Changes, lockForAppend } from './append.ts'
import type { StoredCase } from './append.ts'
import { Writes } from './bulk.ts'
import type { StoredAnswer, Tables } from './tables.ts'

/** Who asks: a session, or just as much of one as casework needs. */
export interface Principal {
  readonly user: string
  readonly seat: Pick<Session['seat'], 'role' | 'department'>
}

/** A command as it reaches casework. Without `expected_sequence` it is decided on the newest state. */
export type CommandRequest = CaseCommand & {
  readonly command_id: string
  readonly expected_sequence?: number
}

/** What a command came to. Only `done` changed anything. */
export type Answer =
  | { readonly outcome: 'done'; readonly sequence: number; readonly repeated: boolean }
  | ({ readonly outcome: 'refused' } & Refused)
  | { readonly outcome: 'stale'; readonly sequence: number }
  /** No such case, or not for this person's eyes: the same answer. */
  | { readonly outcome: 'unknown_case' }
  /** The id was used before for something else. */
  | { readonly outcome: 'command_id_reused' }

/** The actor of a principal. */
export function actorOf({ user, seat }: Principal): Actor {
  return { user, role: seat.role, department: seat.department }
}

function contentOf(command: CommandRequest, caseId: string, actor: Actor): string {
  const { command_id: _id, expected_sequence: _sequence, ...asked } = command
  const sorted = Object.fromEntries(Object.entries(asked).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return createHash('sha256')
    .update(JSON.stringify([caseId, actor.user, sorted]))
    .digest('hex')
}

function isRefusalCode(code: string): code is RefusalCode {
  return code in refusals
}

function repeat(answer: StoredAnswer): Answer {
  if (answer.outcome === 'done') return { ...answer, repeated: true }
  return { outcome: 'refused', ...refuse(isRefusalCode(answer.code) ? answer.code : 'not_permitted') }
}

interface Asked {
  readonly command: CommandRequest
  readonly caseId: string
  readonly actor: Actor
  readonly content: string
}

const commandColumns = {
  command_id: 'text',
  case_id: 'text',
  actor: 'text',
  content_sha256: 'text',
  answer: 'jsonb',
  answered_at: 'bigint',
} as const

function remember(
  writes: Writes,
  { command, caseId, actor, content }: Asked,
  answer: StoredAnswer,
  now: number,
): void {
  writes.insert('commands', commandColumns, [
    {
      command_id: command.command_id,
      case_id: caseId,
      actor: actor.user,
      content_sha256: content,
      answer,
      answered_at: now,
    },
  ])
}

/** What is known before a command is decided. */
interface Known {
  readonly stored: StoredCase | undefined
  /** The answer given to the same command_id before. */
  readonly answered: Answer | undefined
}

interface KnownRow {
  readonly snapshot: Case | null
  readonly traceparent: string | null
  readonly content_sha256: string | null
  readonly answer: StoredAnswer | null
}

/** Case and earlier answer in one read. */
async function load(trx: Transaction<Tables>, { command, caseId, content }: Asked): Promise<Known> {
  const { rows } = await sql<KnownRow>`
    select c.snapshot, c.traceparent, k.content_sha256, k.answer
    from (select 1) as one
    left join cases c on c.case_id = ${caseId}
    left join commands k on k.command_id = ${command.command_id}`.execute(trx)
  const row = rows[0]
  if (row === undefined) throw new Error('A left join of one row came back empty')
  const { snapshot, traceparent, answer } = row
  const stored = snapshot === null ? undefined : { current: snapshot, traceparent: traceparent ?? '' }
  if (answer === null) return { stored, answered: undefined }
  const isSame = row.content_sha256 === content
  return { stored, answered: isSame ? repeat(answer) : { outcome: 'command_id_reused' } }
}

/** Carries out one command inside `trx`. Retried as a whole, so it has no other effects. */
export async function executeCommand(
  trx: Transaction<Tables>,
  request: { readonly command: CommandRequest; readonly caseId: string; readonly actor: Actor },
  now: number,
  calendar: WorkingCalendar,
): Promise<Answer> {
  const { command, caseId, actor } = request
  const asked = { ...request, content: contentOf(command, caseId, actor) }
  await lockForAppend(trx)
  const { stored, answered } = await load(trx, asked)
  if (answered !== undefined) return answered
  if (stored === undefined || !mayRead(actor, stored.current)) return { outcome: 'unknown_case' }
  const { current, traceparent } = stored
  const expected = command.expected_sequence
  if (expected !== undefined && expected !== current.sequence) {
    return { outcome: 'stale', sequence: current.sequence }
  }
  const writes = new Writes()
  const decided = decide(current, command, { now, calendar, actor })
  if (isRefused(decided)) {
    remember(writes, asked, { outcome: 'refused', code: decided.refused }, now)
    await writes.send(trx)
    return { outcome: 'refused', ...decided }
  }
  const changes = new Changes()
  changes.add(current, decided, { subjectIdentity: new Uint8Array(0), traceparent })
  append(writes, changes)
  const sequence = decided.at(-1)?.after.sequence ?? current.sequence
  remember(writes, asked, { outcome: 'done', sequence }, now)
  await writes.send(trx)
  return { outcome: 'done', sequence, repeated: false }
}
