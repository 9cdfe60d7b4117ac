/** Opening a sealed identity. The record of it and the answer are one transaction: no record, no identity (G6, G7). */
import type { Transaction } from 'kysely'
import type { WorkingCalendar } from '../../platform/calendar/calendar.ts'
import type { ClearIdentity, IdentityVault } from '../../platform/identity/port.ts'
import type { Actor } from '../core/case.ts'
import { revealIdentity } from '../core/decide.ts'
import { mayRead, mayReveal } from '../core/permissions.ts'
import { append, Changes, lockForAppend } from './append.ts'
import { Writes } from './bulk.ts'
import type { Tables } from './tables.ts'

/** What a request to reveal came to. */
export type Revealed =
  | { readonly outcome: 'revealed'; readonly identity: ClearIdentity }
  | { readonly outcome: 'unknown_case' }
  /** Not this role. */
  | { readonly outcome: 'not_permitted' }
  /** The warning brought no identity. */
  | { readonly outcome: 'nothing_sealed' }

/** Who, which case, why. */
export interface RevealRequest {
  readonly caseId: string
  readonly reason: string
  readonly actor: Actor
}

/**
 * Records the reading, then opens the seal; both or neither.
 * @throws IdentityError when the key is unknown or the bytes were changed; nothing is recorded then
 */
export async function reveal(
  trx: Transaction<Tables>,
  { caseId, reason, actor }: RevealRequest,
  vault: IdentityVault,
  time: { readonly now: number; readonly calendar: WorkingCalendar },
): Promise<Revealed> {
  if (!mayReveal(actor)) return { outcome: 'not_permitted' }
  await lockForAppend(trx)
  const row = await trx
    .selectFrom('cases')
    .select(['snapshot', 'traceparent', 'subject_identity'])
    .where('case_id', '=', caseId)
    .executeTakeFirst()
  if (row === undefined || !mayRead(actor, row.snapshot)) return { outcome: 'unknown_case' }
  if (row.subject_identity.length === 0) return { outcome: 'nothing_sealed' }
  const identity = vault.open(row.subject_identity)
  const changes = new Changes()
  const steps = revealIdentity(row.snapshot, reason, { ...time, actor })
  changes.add(row.snapshot, steps, { subjectIdentity: new Uint8Array(0), traceparent: row.traceparent })
  const writes = new Writes()
  append(writes, changes)
  await writes.send(trx)
  return { outcome: 'revealed', identity }
}
