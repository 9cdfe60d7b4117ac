/** What people read: lists, the case page, tasks, counts. Each function is one read; none changes anything. */
import { sql } from 'kysely'
import type { Kysely, SelectQueryBuilder } from 'kysely'
import { codecs } from '../../../schemas/codec.ts'
import { CommandType } from '../../../schemas/http/casework.ts'
import type { CaseDetail, LeadList, Task, TaskList } from '../../../schemas/http/casework.ts'
import type { AlertLevel, CaseState } from '../../../schemas/http/common.ts'
import { Check } from 'typebox/value'
import type { Actor } from '../core/case.ts'
import { actionsFor } from '../core/next-step.ts'
import { mayRead, sightOf } from '../core/permissions.ts'
import type { Tables } from './tables.ts'
import { dispatchViews, eventView, leadSummary, promiseViews, warningView } from './views.ts'

type Db = Kysely<Tables>

/** Filters of the lead list; all of them together. */
export interface LeadFilter {
  readonly state?: CaseState
  readonly level?: AlertLevel
  readonly risk_type?: string
  /** Department that has the ball. */
  readonly department?: string
  /** Start of a case id or subject pseudonym, or a rule id. */
  readonly q?: string
  readonly cursor?: string
  readonly limit?: number
}

/** Rows of one page at most. */
export const pageMax = 200
const pageDefault = 50
/** Warnings and events the case page carries at most, newest first to be kept. */
const warningsMax = 100
const eventsMax = 1_000

interface Cursor {
  readonly openedAt: number
  readonly caseId: string
}

/** A keyset position as opaque text. */
export function encodeCursor({ openedAt, caseId }: Cursor): string {
  return Buffer.from(`${openedAt} ${caseId}`).toString('base64url')
}

/** @returns undefined when the text is not one of ours */
export function decodeCursor(text: string): Cursor | undefined {
  const match = /^(\d{1,16}) (\S{1,64})$/.exec(Buffer.from(text, 'base64url').toString())
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  return { openedAt: Number(match[1]), caseId: match[2] }
}

type CaseQuery = SelectQueryBuilder<Tables, 'cases', object>

function within<Query extends CaseQuery>(query: Query, actor: Actor): Query {
  const sight = sightOf(actor)
  if (sight === 'all') return query
  if (sight === 'none') return query.where(sql<boolean>`false`) as Query
  return query.where((where) =>
    where.exists(
      where
        .selectFrom('dispatches')
        .select('dispatches.dispatch_id')
        .whereRef('dispatches.case_id', '=', 'cases.case_id')
        .where('dispatches.department', '=', actor.department),
    ),
  ) as Query
}

function filtered<Query extends CaseQuery>(query: Query, filter: LeadFilter): Query {
  let found: CaseQuery = query
  if (filter.state !== undefined) found = found.where('cases.state', '=', filter.state)
  if (filter.level !== undefined) found = found.where('cases.level', '=', filter.level)
  if (filter.risk_type !== undefined) found = found.where('cases.risk_type', '=', filter.risk_type)
  if (filter.department !== undefined) found = found.where('cases.owner', '=', filter.department)
  const q = filter.q?.trim() ?? ''
  if (q !== '') {
    found = found.where((where) =>
      where.or([
        where(sql<boolean>`starts_with(cases.case_id, ${q})`, '=', true),
        where(sql<boolean>`starts_with(cases.subject_id, ${q})`, '=', true),
        where(sql<boolean>`${q} = any(string_to_array(cases.rule_ids, ' '))`, '=', true),
      ]),
    )
  }
  return found as Query
}

/** Leads and cases an actor may see, newest first. */
export async function listLeads(db: Db, actor: Actor, filter: LeadFilter, now: number): Promise<LeadList> {
  const limit = Math.min(filter.limit ?? pageDefault, pageMax)
  const cursor = filter.cursor === undefined ? undefined : decodeCursor(filter.cursor)
  const base = within(db.selectFrom('cases'), actor)
  let page = filtered(base, filter).select('cases.snapshot')
  if (cursor !== undefined) {
    page = page.where(sql<boolean>`(cases.opened_at, cases.case_id) < (${cursor.openedAt}, ${cursor.caseId})`)
  }
  const rows = await page
    .orderBy('cases.opened_at', 'desc')
    .orderBy('cases.case_id', 'desc')
    .limit(limit + 1)
    .execute()
  const total = await filtered(base, filter)
    .select((select) => select.fn.countAll<number>().as('n'))
    .executeTakeFirst()
  const counts = await base
    .select((select) => ['cases.state', select.fn.countAll<number>().as('n')])
    .groupBy('cases.state')
    .execute()
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)?.snapshot
  return {
    leads: shown.map((row) => leadSummary(row.snapshot, now)),
    next_cursor: rows.length > limit && last !== undefined ? encodeCursor(last) : null,
    total: total?.n ?? 0,
    counts: Object.fromEntries(counts.map((row) => [row.state, row.n])),
    now,
  }
}

/** The case page for one person; undefined when there is no such case for them. */
export async function caseDetail(
  db: Db,
  actor: Actor,
  caseId: string,
  now: number,
): Promise<CaseDetail | undefined> {
  const row = await db.selectFrom('cases').select('snapshot').where('case_id', '=', caseId).executeTakeFirst()
  if (row === undefined || !mayRead(actor, row.snapshot)) return undefined
  const current = row.snapshot
  const warnings = await db
    .selectFrom('warnings')
    .select(['value', 'received_at'])
    .where('case_id', '=', caseId)
    .orderBy('received_at', 'desc')
    .orderBy('event_time', 'desc')
    .limit(warningsMax)
    .execute()
  const events = await db
    .selectFrom('case_events')
    .select([
      'sequence',
      'type',
      'occurred_at',
      'actor',
      'actor_role',
      'actor_department',
      'state',
      'reason',
      'details',
    ])
    .where('case_id', '=', caseId)
    .where('sequence', '<=', current.sequence)
    .orderBy('sequence', 'desc')
    .limit(eventsMax)
    .execute()
  return {
    lead: leadSummary(current, now),
    sequence: current.sequence,
    warnings: warnings.map((one) => warningView(codecs.warning.decode(one.value), one.received_at)),
    dispatches: dispatchViews(current),
    promises: promiseViews(current, now),
    events: events.toReversed().map(eventView),
    actions: actionsFor(current, actor, now),
    now,
  }
}

/** Tasks shown at once at most. */
const tasksMax = 1_000

/** Whose tasks: of a department, of a case, of both, or all. */
export interface TaskFilter {
  readonly department?: string | undefined
  readonly caseId?: string | undefined
}

/** What there is to do now, by due time. */
export async function listTasks(db: Db, filter: TaskFilter, now: number): Promise<TaskList> {
  const { department, caseId } = filter
  const rows = await db
    .selectFrom('dispatches')
    .innerJoin('cases', 'cases.case_id', 'dispatches.case_id')
    .select([
      'cases.snapshot',
      'dispatches.dispatch_id',
      'dispatches.next_command',
      'dispatches.next_node',
      'dispatches.next_due_at',
    ])
    .$if(department !== undefined, (query) => query.where('dispatches.department', '=', department ?? ''))
    .$if(caseId !== undefined, (query) => query.where('dispatches.case_id', '=', caseId ?? ''))
    .where('dispatches.next_command', 'is not', null)
    .orderBy('dispatches.next_due_at')
    .orderBy('dispatches.dispatch_id')
    .limit(tasksMax)
    .execute()
  const tasks = rows.flatMap((row): Task[] => {
    const dispatch = row.snapshot.dispatches.find((one) => one.dispatch_id === row.dispatch_id)
    const { next_command: next, next_node: node, next_due_at: dueAt } = row
    if (dispatch === undefined || node === null || dueAt === null || !Check(CommandType, next)) return []
    const reminders = row.snapshot.promises
      .filter((promise) => promise.dispatch_id === row.dispatch_id)
      .reduce((sum, promise) => sum + promise.reminders, 0)
    return [
      {
        lead: leadSummary(row.snapshot, now),
        dispatch_id: row.dispatch_id,
        node,
        purpose: dispatch.purpose,
        due_at: dueAt,
        overdue: now > dueAt,
        next,
        reminders,
      },
    ]
  })
  return { tasks, now }
}

/** Figures over everything, for the demo's summary and the metrics. */
export interface Summary {
  readonly leads: number
  readonly warnings: number
  /** Warnings that rest with a cleared case. */
  readonly suppressed: number
  readonly by_state: Readonly<Record<string, number>>
  readonly by_level: Readonly<Record<string, number>>
  readonly by_card: Readonly<Record<string, number>>
  /** Open promises past their time. */
  readonly overdue: number
  readonly outbox: number
}

async function countBy(
  db: Db,
  column: 'state' | 'level' | 'card',
): Promise<Readonly<Record<string, number>>> {
  const rows = await db
    .selectFrom('cases')
    .select((select) => [`${column} as key`, select.fn.countAll<number>().as('n')])
    .groupBy(column)
    .execute()
  return Object.fromEntries(rows.map((row) => [row.key, row.n]))
}

/** Counts everything. */
export async function summarise(db: Db, now: number): Promise<Summary> {
  const result = await sql<Pick<Summary, 'leads' | 'warnings' | 'suppressed' | 'overdue' | 'outbox'>>`
    select (select count(*) from cases) as leads,
      (select count(*) from warnings) as warnings,
      (select count(*) from warnings where suppressed) as suppressed,
      (select count(*) from promises where kept_at is null and withdrawn_at is null and due_at < ${now}) as overdue,
      (select count(*) from outbox) as outbox`.execute(db)
  const row = result.rows[0]
  if (row === undefined) throw new Error('A count came back without a row')
  return {
    ...row,
    by_state: await countBy(db, 'state'),
    by_level: await countBy(db, 'level'),
    by_card: await countBy(db, 'card'),
  }
}

/** Cases by state and level. */
export function casesByStateAndLevel(
  db: Db,
): Promise<readonly { readonly state: CaseState; readonly level: AlertLevel; readonly n: number }[]> {
  return db
    .selectFrom('cases')
    .select((select) => ['state', 'level', select.fn.countAll<number>().as('n')])
    .groupBy(['state', 'level'])
    .execute()
}

/** Messages waiting to be published. */
export async function outboxDepth(db: Db): Promise<number> {
  const row = await db
    .selectFrom('outbox')
    .select((select) => select.fn.countAll<number>().as('n'))
    .executeTakeFirst()
  return row?.n ?? 0
}
