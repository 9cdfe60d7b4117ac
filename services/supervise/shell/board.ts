/** Counts the board's tallies in SQL, in one snapshot. */
import { sql } from 'kysely'
import type { Expression, SqlBool, Transaction } from 'kysely'
import { regions } from '../../../schemas/reference.ts'
import type { Store } from '../../platform/store/port.ts'
import type { CaseTally, PromiseTally, Tallies } from '../core/board.ts'
import type { Tables } from './tables.ts'

/** Which cases count; undefined = all. A region counts with those below it. */
export interface BoardFilter {
  readonly region?: string | undefined
  readonly riskType?: string | undefined
}

function regionAndBelow(code: string): readonly string[] {
  return [code, ...regions.filter((region) => region.parent === code).map((region) => region.code)]
}

function whereFilter({ region, riskType }: BoardFilter): Expression<SqlBool> {
  const conditions = [
    sql<SqlBool>`true`,
    ...(region === undefined ? [] : [sql<SqlBool>`c.region = any(${regionAndBelow(region)})`]),
    ...(riskType === undefined ? [] : [sql<SqlBool>`c.risk_type = ${riskType}`]),
  ]
  return sql<SqlBool>`${sql.join(conditions, sql` and `)}`
}

async function caseTallies(
  trx: Transaction<Tables>,
  filter: BoardFilter,
  now: number,
): Promise<readonly CaseTally[]> {
  const result = await sql<CaseTally>`
    select c.state, c.stage, c.level, c.card, c.owner, c.is_open, count(*) as cases,
      count(o.case_id) as overdue_cases,
      sum(c.warnings) as warnings, sum(c.reminded) as reminded, sum(c.supervised) as supervised
    from supervised_case c
    left join (
      select distinct case_id from promise where kept_at is null and withdrawn_at is null and due_at < ${now}
    ) o on o.case_id = c.case_id
    where ${whereFilter(filter)}
    group by c.state, c.stage, c.level, c.card, c.owner, c.is_open`.execute(trx)
  return result.rows
}

/** The same conditions as isDue, isKeptInTime and isOverdue of core/promise.ts. */
async function promiseTallies(
  trx: Transaction<Tables>,
  filter: BoardFilter,
  now: number,
): Promise<readonly PromiseTally[]> {
  const isAll = filter.region === undefined && filter.riskType === undefined
  const result = await sql<PromiseTally>`
    select p.department,
      count(*) filter (where p.due_at < ${now} and (p.withdrawn_at is null or p.withdrawn_at > p.due_at)) as due,
      count(*) filter (where p.due_at < ${now} and p.withdrawn_at is null and p.kept_at <= p.due_at) as kept_in_time,
      count(*) filter (where p.due_at < ${now} and p.kept_at is null and p.withdrawn_at is null) as overdue
    from promise p ${isAll ? sql`` : sql`join supervised_case c on c.case_id = p.case_id where ${whereFilter(filter)}`}
    group by p.department`.execute(trx)
  return result.rows
}

/** Counts everything at `now` (ms since 1970). */
export async function readTallies(store: Store<Tables>, filter: BoardFilter, now: number): Promise<Tallies> {
  return store.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      const newest = await trx
        .selectFrom('supervised_case')
        .select(({ fn }) => fn.max<number | null>('last_event_at').as('as_of'))
        .executeTakeFirstOrThrow()
      return {
        asOf: newest.as_of ?? 0,
        cases: await caseTallies(trx, filter, now),
        promises: await promiseTallies(trx, filter, now),
      }
    })
}
