/** Pages of open promises, the most overdue first; a page begins where the last one ended, whatever changed meanwhile. */
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely'
import type { PromiseNode } from '../../../schemas/http/common.ts'
import type { PromiseList, SupervisedPromise } from '../../../schemas/http/supervise.ts'
import type { Store } from '../../platform/store/port.ts'
import { promiseView } from '../core/promise.ts'
import type { Tables } from './tables.ts'

/** Which open promises; undefined = all. */
export interface PromiseFilter {
  readonly overdue?: boolean | undefined
  readonly department?: string | undefined
  readonly node?: PromiseNode | undefined
}

/** Place of the last row of a page. */
export interface PromiseCursor {
  readonly dueAt: number
  readonly promiseId: string
}

/** A cursor as text that goes into an address. */
export function writeCursor(cursor: PromiseCursor): string {
  return Buffer.from(JSON.stringify([cursor.dueAt, cursor.promiseId])).toString('base64url')
}

/** @returns undefined when the text is not a cursor of ours */
export function readCursor(text: string): PromiseCursor | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (!Array.isArray(value) || value.length !== 2) return undefined
    const [dueAt, promiseId] = value as readonly unknown[]
    return Number.isSafeInteger(dueAt) && typeof promiseId === 'string'
      ? { dueAt: Number(dueAt), promiseId }
      : undefined
  } catch {
    return undefined
  }
}

type Builder = ExpressionBuilder<Tables, 'promise'>

function openAnd(builder: Builder, filter: PromiseFilter, now: number): Expression<SqlBool> {
  const conditions = [builder('promise.kept_at', 'is', null), builder('promise.withdrawn_at', 'is', null)]
  if (filter.overdue !== undefined)
    conditions.push(builder('promise.due_at', filter.overdue ? '<' : '>=', now))
  if (filter.department !== undefined) conditions.push(builder('promise.department', '=', filter.department))
  if (filter.node !== undefined) conditions.push(builder('promise.node', '=', filter.node))
  return builder.and(conditions)
}

function afterCursor(builder: Builder, { dueAt, promiseId }: PromiseCursor): Expression<SqlBool> {
  return builder.or([
    builder('promise.due_at', '>', dueAt),
    builder.and([builder('promise.due_at', '=', dueAt), builder('promise.promise_id', '>', promiseId)]),
  ])
}

/** One page at `now` (ms since 1970); `total` counts all pages. */
export async function readPromises(
  store: Store<Tables>,
  filter: PromiseFilter,
  page: { readonly after: PromiseCursor | undefined; readonly limit: number },
  now: number,
): Promise<PromiseList> {
  const { after, limit } = page
  const { total } = await store.db
    .selectFrom('promise')
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .where((builder) => openAnd(builder, filter, now))
    .executeTakeFirstOrThrow()
  const rows = await store.db
    .selectFrom('promise')
    .innerJoin('supervised_case', 'supervised_case.case_id', 'promise.case_id')
    .selectAll('promise')
    .select(['supervised_case.level', 'supervised_case.risk_type', 'supervised_case.state'])
    .where((builder) => openAnd(builder, filter, now))
    .$if(after !== undefined, (query) =>
      after === undefined ? query : query.where((builder) => afterCursor(builder, after)),
    )
    .orderBy('promise.due_at')
    .orderBy('promise.promise_id')
    .limit(limit + 1)
    .execute()
  const promises = rows.slice(0, limit).map((row): SupervisedPromise => {
    const { level, risk_type, state, reminders } = row
    return {
      ...promiseView(row, now),
      level,
      risk_type,
      state,
      reminders,
      overdue_ms: Math.max(0, now - row.due_at),
    }
  })
  const last = rows.length > limit ? promises.at(-1) : undefined
  const next_cursor =
    last === undefined ? null : writeCursor({ dueAt: last.due_at, promiseId: last.promise_id })
  return { promises, next_cursor, total, now }
}
