/** One function for every command: load, decide, append, project, publish, in one transaction; the same command twice has one effect. */
import { createHash } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { Command } from '../../../schemas/http/casework.ts'
import type { Session } from '../../../schemas/http/common.ts'
import type { WorkingCalendar } from '../../platform/calendar/calendar.ts'
import type { Actor } from '../core/case.ts'
import { decide } from '../core/decide.ts'
import type { CaseCommand } from '../core/decide.ts'
import { mayRead } from '../core/permissions.ts'
import { isRefused, refusals, refuse } from '../core/refusals.ts'
import type { RefusalCode, Refused } from '../core/refusals.ts'
import { append, Changes, lockForAppend } from './append.ts'
import type { StoredCase } from './append.ts'
import { jsonText } from './bulk.ts'
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

/** Loads one case. */
export async function loadCase(trx: Transaction<Tables>, caseId: string): Promise<StoredCase | undefined> {
  const row = await trx
    .selectFrom('cases')
    .select(['snapshot', 'traceparent'])
    .where('case_id', '=', caseId)
    .executeTakeFirst()
  return row === undefined ? undefined : { current: row.snapshot, traceparent: row.traceparent }
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

async function remember(
  trx: Transaction<Tables>,
  { command, caseId, actor, content }: Asked,
  answer: StoredAnswer,
  now: number,
): Promise<void> {
  await trx
    .insertInto('commands')
    .values({
      command_id: command.command_id,
      case_id: caseId,
      actor: actor.user,
      content_sha256: content,
      answer: jsonText(answer),
      answered_at: now,
    })
    .execute()
}

async function earlier(trx: Transaction<Tables>, { command, content }: Asked): Promise<Answer | undefined> {
  const known = await trx
    .selectFrom('commands')
    .select(['content_sha256', 'answer'])
    .where('command_id', '=', command.command_id)
    .executeTakeFirst()
  if (known === undefined) return undefined
  return known.content_sha256 === content ? repeat(known.answer) : { outcome: 'command_id_reused' }
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
  const before = await earlier(trx, asked)
  if (before !== undefined) return before
  const stored = await loadCase(trx, caseId)
  if (stored === undefined || !mayRead(actor, stored.current)) return { outcome: 'unknown_case' }
  const { current, traceparent } = stored
  const expected = command.expected_sequence
  if (expected !== undefined && expected !== current.sequence) {
    return { outcome: 'stale', sequence: current.sequence }
  }
  const decided = decide(current, command, { now, calendar, actor })
  if (isRefused(decided)) {
    await remember(trx, asked, { outcome: 'refused', code: decided.refused }, now)
    return { outcome: 'refused', ...decided }
  }
  const changes = new Changes()
  changes.add(current, decided, { subjectIdentity: new Uint8Array(0), traceparent })
  await append(trx, changes)
  const sequence = decided.at(-1)?.after.sequence ?? current.sequence
  await remember(trx, asked, { outcome: 'done', sequence }, now)
  return { outcome: 'done', sequence, repeated: false }
}

/** The command of an HTTP body; same shape, kept apart from what only storage needs. */
export type { Command }
