/** One case as the prosecutor sees it: its promises and its whole history. */
import type { CaseState } from '../../../schemas/http/common.ts'
import type { SupervisedCase } from '../../../schemas/http/supervise.ts'
import type { Store } from '../../platform/store/port.ts'
import { promiseView } from '../core/promise.ts'
import type { Tables } from './tables.ts'

/** @returns undefined when no event of such a case was seen */
export async function readCase(
  store: Store<Tables>,
  caseId: string,
  now: number,
): Promise<SupervisedCase | undefined> {
  const record = await store.db
    .selectFrom('supervised_case')
    .selectAll()
    .where('case_id', '=', caseId)
    .executeTakeFirst()
  if (record === undefined) return undefined
  const promises = await store.db
    .selectFrom('promise')
    .selectAll()
    .where('case_id', '=', caseId)
    .orderBy('ordinal')
    .execute()
  const events = await store.db
    .selectFrom('case_event')
    .select('event')
    .where('case_id', '=', caseId)
    .orderBy('sequence')
    .execute()
  return {
    case_id: record.case_id,
    subject_id: record.subject_id,
    risk_type: record.risk_type,
    level: record.level,
    card: record.card,
    state: record.state,
    region: record.region,
    opened_at: record.opened_at,
    closed_at: record.closed_at,
    promises: promises.map((promise) => promiseView(promise, now)),
    events: events.map(({ event }) => ({
      sequence: event.sequence,
      type: event.type,
      occurred_at: event.occurred_at,
      actor: event.actor,
      actor_role: event.actor_role,
      actor_department: event.actor_department,
      // The projection refuses states it does not know.
      state: event.state as CaseState,
      reason: event.reason,
      details: { ...event.details },
    })),
    now,
  }
}
