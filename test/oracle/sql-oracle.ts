/** The rules recomputed by a PostgreSQL that lives in this process, for many histories at once. */
import { readFileSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { lateRows } from './arrival.ts'
import type { History } from './history.ts'
import { lending } from './loans.ts'
import type { Movement } from './loans.ts'

/** Tables that rules are measured by: what a rule set carries besides its rules. */
export interface Reference {
  readonly rates: readonly { readonly from: string; readonly currency: string; readonly cny: string }[]
  readonly calendar: { readonly off: readonly string[]; readonly work: readonly string[] }
  readonly latenessMs: number
}

/** Rules by the file that recomputes them. */
export const families = {
  size: ['R01', 'R02', 'R03', 'R04', 'R05'],
  avoidance: ['R06', 'R16', 'R17'],
  shape: ['R07', 'R08', 'R09', 'R20'],
  crowd: ['R12', 'R13', 'R14'],
  state: ['R10', 'R11'],
  place: ['R27', 'R29', 'R30'],
  lending: ['R26'],
  paths: ['R18', 'R19'],
} as const

/** A file of rules. */
export type Family = keyof typeof families

/** Every rule that this program knows. */
export const covered: readonly string[] = Object.values(families).flat().toSorted()

const columns = [
  'txn_id',
  'booked_at',
  'amount',
  'currency',
  'payer_account',
  'payer_id',
  'payer_kind',
  'payer_region',
  'payee_account',
  'payee_id',
  'payee_kind',
  'payee_region',
  'channel',
  'country',
  'source_id',
] as const

function text(name: string): string {
  return readFileSync(new URL(`sql/${name}.sql`, import.meta.url), 'utf8')
}

function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

const calendarSql = `
  insert into days
  select day, works, sum(works::int) over (order by day), null, null
  from (
    select
      day::date as day,
      coalesce((select works from exceptions e where e.day = d.day), extract(isodow from day) <= 5) as works
    from generate_series(date '2018-01-01', date '2034-12-31', '1 day') as d(day)
  ) as known;
  update days set
    back5 = (select f.day from days f where f.works and f.number = days.number - 4),
    back10 = (select f.day from days f where f.works and f.number = days.number - 9);`

interface Verdict {
  readonly rule: string
  readonly subject: string
  readonly period: string
  readonly level: string
}

/** A server with the tables; one batch of histories at a time. */
export class SqlOracle {
  private readonly database: PGlite
  private readonly latenessMs: number

  private constructor(database: PGlite, latenessMs: number) {
    this.database = database
    this.latenessMs = latenessMs
  }

  /** Starts it and fills in what does not change. */
  static async open({ rates, calendar, latenessMs }: Reference): Promise<SqlOracle> {
    const database = await PGlite.create()
    const rateRows = rates.map(
      ({ from, currency, cny }) => `(${literal(currency)}, ${literal(from)}, ${cny})`,
    )
    const named = [
      ...calendar.off.map((day) => `(${literal(day)}, false)`),
      ...calendar.work.map((day) => `(${literal(day)}, true)`),
    ]
    await database.exec(`${text('tables')}
      insert into rates values ${rateRows.join(', ')};
      create temp table exceptions (day date, works boolean);
      insert into exceptions values ${named.join(', ')};
      ${calendarSql}`)
    return new SqlOracle(database, latenessMs)
  }

  /**
   * What each history leads to, one line per rule, subject, period and level that holds: `rule subject period level`, ascending.
   * @param only files of rules; default: all
   */
  async verdicts(
    histories: readonly History[],
    only: readonly Family[] = Object.keys(families) as Family[],
  ): Promise<string[][]> {
    await this.load(histories)
    const found = histories.map((): string[] => [])
    for (const family of only) {
      for (const { rule, subject, period, level } of await this.found(family)) {
        const cut = subject.indexOf('/')
        found[Number(subject.slice(0, cut))]?.push([rule, subject.slice(cut + 1), period, level].join(' '))
      }
    }
    return found.map((lines) => lines.toSorted())
  }

  private async found(family: Family): Promise<readonly Verdict[]> {
    if (family === 'lending') {
      const { rows } = await this.database.query<Movement>(text(family))
      return lending(rows).map(([rule, subject, period, level]) => ({ rule, subject, period, level }))
    }
    const named = `select * from (${text(family)}) as verdicts(rule, subject, period, level)`
    return (await this.database.query<Verdict>(named)).rows
  }

  private async load(histories: readonly History[]): Promise<void> {
    await this.database.exec('truncate payments; truncate sides')
    const lines = histories.flatMap((history, number) => {
      const late = lateRows(history, this.latenessMs)
      return history.rows.map((row, delivery) =>
        [
          number,
          delivery,
          late.has(delivery),
          ...columns.map((name) => `"${row[name].replaceAll('"', '""')}"`),
        ].join(','),
      )
    })
    await this.database.query(`copy payments from '/dev/blob' with (format csv)`, [], {
      blob: new Blob([lines.join('\n')]),
    })
    await this.database.exec(`${text('sides')}; analyze sides`)
  }

  close(): Promise<void> {
    return this.database.close()
  }
}
