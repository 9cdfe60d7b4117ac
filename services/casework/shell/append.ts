/** Makes decisions durable: events, projections and what is to be published, in the caller's transaction. */
import { sql } from 'kysely'
import type { Transaction } from 'kysely'
import { codecs } from '../../../schemas/codec.ts'
import { isOpenTask } from '../core/case.ts'
import type { Case } from '../core/case.ts'
import type { Step } from '../core/draft.ts'
import { ownerOf } from '../core/guard.ts'
import { nextStepOf } from '../core/next-step.ts'
import { toCaseEvent } from '../core/wire.ts'
import type { RowOf, Writes } from './bulk.ts'
import { caseEventHeaders, dispatchHeaders } from './records.ts'
import type { Output } from './records.ts'
import type { Tables } from './tables.ts'

type Trx = Transaction<Tables>

/** What the storage knows of a case besides its facts. */
export interface CaseOrigin {
  /** Encrypted identity of the subject, from the warning that opened the lead. */
  readonly subjectIdentity: Uint8Array
  /** W3C trace of that warning, or empty. */
  readonly traceparent: string
}

/** A case as loaded. */
export interface StoredCase {
  readonly current: Case
  readonly traceparent: string
}

interface Change extends CaseOrigin {
  readonly before: Case | undefined
  readonly after: Case
}

/** Steps of one transaction, in order, with the cases they changed. */
export class Changes {
  readonly steps: { readonly step: Step; readonly traceparent: string }[] = []
  readonly byCase = new Map<string, Change>()

  /** Takes the steps of one decision. @param origin of a case that is new; ignored otherwise */
  add(before: Case | undefined, steps: readonly Step[], origin: CaseOrigin): void {
    for (const step of steps) {
      const id = step.after.caseId
      const known = this.byCase.get(id)
      this.byCase.set(id, { before, ...origin, ...known, after: step.after })
      this.steps.push({ step, traceparent: origin.traceparent })
    }
  }
}

/** Takes the lock under which identities are handed out in the order of commits. First statement of every writing transaction. */
export async function lockForAppend(trx: Trx): Promise<void> {
  await sql`lock table append_lock in exclusive mode`.execute(trx)
}

const eventColumns = {
  case_id: 'text',
  sequence: 'integer',
  type: 'text',
  occurred_at: 'bigint',
  actor: 'text',
  actor_role: 'text',
  actor_department: 'text',
  state: 'text',
  department: 'text',
  reason: 'text',
  details: 'jsonb',
  fact: 'jsonb',
} as const

const outboxColumns = {
  topic: 'text',
  key: 'text',
  value: 'bytea',
  headers: 'jsonb',
  recorded_at: 'bigint',
} as const

const caseColumns = {
  case_id: 'text',
  subject_id: 'text',
  risk_type: 'text',
  region: 'text',
  level: 'text',
  card: 'text',
  state: 'text',
  owner: 'text',
  is_open: 'boolean',
  rule_ids: 'text',
  opened_at: 'bigint',
  last_warning_at: 'bigint',
  closed_at: 'bigint',
  sequence: 'integer',
  snapshot: 'jsonb',
  subject_identity: 'bytea',
  traceparent: 'text',
} as const

const dispatchColumns = {
  dispatch_id: 'text',
  case_id: 'text',
  department: 'text',
  purpose: 'text',
  role: 'text',
  is_open: 'boolean',
  next_command: 'text',
  next_node: 'text',
  next_due_at: 'bigint',
} as const

const promiseColumns = {
  promise_id: 'text',
  case_id: 'text',
  dispatch_id: 'text',
  node: 'text',
  department: 'text',
  due_at: 'bigint',
  kept_at: 'bigint',
  withdrawn_at: 'bigint',
} as const

/** A message for the outbox. */
export interface Message {
  readonly output: Output
  readonly key: string
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
  readonly at: number
}

/** Puts messages into the outbox, to be published after the commit, in this order. Once per set of writes. */
function enqueue(writes: Writes, messages: readonly Message[]): void {
  const rows = messages.map(({ output, key, value, headers, at }) => {
    return { topic: output, key, value, headers, recorded_at: at }
  })
  writes.insert('outbox', outboxColumns, rows)
}

function caseRow({ after, subjectIdentity, traceparent }: Change): RowOf<'cases'> {
  return {
    case_id: after.caseId,
    subject_id: after.subjectId,
    risk_type: after.riskType,
    region: after.region,
    level: after.level,
    card: after.card,
    state: after.state,
    owner: ownerOf(after),
    is_open: after.closedAt === null,
    rule_ids: after.ruleIds.join(' '),
    opened_at: after.openedAt,
    last_warning_at: after.lastWarningAt,
    closed_at: after.closedAt,
    sequence: after.sequence,
    snapshot: after,
    subject_identity: subjectIdentity,
    traceparent,
  }
}

function dispatchRows({ before, after }: Change): RowOf<'dispatches'>[] {
  const isSame = before?.state === after.state && before.dispatches === after.dispatches
  if (isSame && before.promises === after.promises) return []
  const changed = after.dispatches.filter(
    (dispatch) => isOpenTask(dispatch) || before?.dispatches.includes(dispatch) !== true,
  )
  return changed.map((dispatch) => {
    const step = nextStepOf(after, dispatch)
    return {
      dispatch_id: dispatch.dispatch_id,
      case_id: after.caseId,
      department: dispatch.department,
      purpose: dispatch.purpose,
      role: dispatch.role,
      is_open: dispatch.ended_at === null,
      next_command: step?.next ?? null,
      next_node: step?.node ?? null,
      next_due_at: step?.dueAt ?? null,
    }
  })
}

function promiseRows({ before, after }: Change): RowOf<'promises'>[] {
  const changed = after.promises.filter((promise) => before?.promises.includes(promise) !== true)
  return changed.map((promise) => ({
    promise_id: promise.promise_id,
    case_id: after.caseId,
    dispatch_id: promise.dispatch_id,
    node: promise.node,
    department: promise.department,
    due_at: promise.due_at,
    kept_at: promise.kept_at,
    withdrawn_at: promise.withdrawn_at,
  }))
}

function messagesOf(step: Step, traceparent: string): Message[] {
  const event = toCaseEvent(step)
  const { fact } = step
  const messages: Message[] = [
    {
      output: 'case_events',
      key: event.case_id,
      value: codecs.caseEvent.encode(event),
      headers: caseEventHeaders(event, traceparent),
      at: fact.at,
    },
  ]
  if (fact.type !== 'dispatched') return messages
  const { dispatch } = fact
  messages.push({
    output: 'dispatches',
    key: dispatch.department,
    value: codecs.dispatch.encode(dispatch),
    headers: dispatchHeaders(dispatch.dispatch_id, step, traceparent),
    at: fact.at,
  })
  return messages
}

function eventRow(step: Step): RowOf<'case_events'> {
  const event = toCaseEvent(step)
  return {
    case_id: event.case_id,
    sequence: event.sequence,
    type: event.type,
    occurred_at: event.occurred_at,
    actor: event.actor,
    actor_role: event.actor_role,
    actor_department: event.actor_department,
    state: event.state,
    department: event.department,
    reason: event.reason,
    details: event.details,
    fact: step.fact,
  }
}

/**
 * Adds everything that follows from the changes to the writes, and further messages behind what the changes publish.
 * Sending them fails on a sequence that is taken: somebody else was quicker.
 */
export function append(writes: Writes, changes: Changes, more: readonly Message[] = []): void {
  const cases = [...changes.byCase.values()]
  const steps = changes.steps.map(({ step }) => step)
  writes.insert('case_events', eventColumns, steps.map(eventRow))
  writes.insert('cases', caseColumns, cases.map(caseRow), {
    on: 'case_id',
    keep: ['subject_identity', 'traceparent'],
  })
  writes.insert('dispatches', dispatchColumns, cases.flatMap(dispatchRows), { on: 'dispatch_id' })
  writes.insert('promises', promiseColumns, cases.flatMap(promiseRows), { on: 'promise_id' })
  const own = changes.steps.flatMap(({ step, traceparent }) => messagesOf(step, traceparent))
  enqueue(writes, [...own, ...more])
}
