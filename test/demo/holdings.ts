/** What a demo left in its data directory, read from outside: every record of every topic, every row of every table. */
import { join } from 'node:path'
import { sql } from 'kysely'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { TopicSpec } from '../../schemas/topics.ts'
import type { CaseEvent, Dispatch, Outcome, Warning } from '../../schemas/types.ts'
import { caseworkDeadLetters, caseworkStore } from '../../services/casework/app.ts'
import { ingestDeadLetters } from '../../services/ingest/app.ts'
import { openEmbeddedLog } from '../../services/platform/log/embedded/open.ts'
import type { Log, LogRecord } from '../../services/platform/log/port.ts'
import { openDatabase } from '../../services/platform/store/open.ts'
import { warnDeadLetters } from '../../services/warn/app.ts'

/** Every topic a demo may write. */
export const allTopics: readonly TopicSpec[] = [
  ...Object.values(topics),
  ingestDeadLetters,
  ...Object.values(warnDeadLetters),
  ...caseworkDeadLetters,
]

/** All records of a topic, partition by partition. A topic that was never made has none. */
export async function recordsOf(log: Log, topic: TopicSpec): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  await log.ensureTopics([topic])
  for (let partition = 0; partition < topic.partitions; partition += 1) {
    records.push(...(await Array.fromAsync(log.read(topic, partition, 0))))
  }
  return records
}

async function valuesOf<Value>(
  log: Log,
  topic: TopicSpec,
  decode: (bytes: Uint8Array) => Value,
): Promise<Value[]> {
  const records = await recordsOf(log, topic)
  return records.map(({ value }) => decode(value ?? new Uint8Array(0)))
}

/** What the topics hold, decoded; within a partition in order. */
export interface Holdings {
  readonly transactions: number
  readonly warnings: readonly Warning[]
  readonly outcomes: readonly Outcome[]
  readonly caseEvents: readonly CaseEvent[]
  readonly dispatches: readonly Dispatch[]
}

/** Reads the topics of a demo that does not run. */
export async function holdingsOf(directory: string): Promise<Holdings> {
  const log = await openEmbeddedLog({ directory, sync: 'none' })
  try {
    return {
      transactions: (await recordsOf(log, topics.transactions)).length,
      warnings: await valuesOf(log, topics.warnings, (bytes) => codecs.warning.decode(bytes)),
      outcomes: await valuesOf(log, topics.outcomes, (bytes) => codecs.outcome.decode(bytes)),
      caseEvents: await valuesOf(log, topics.caseEvents, (bytes) => codecs.caseEvent.decode(bytes)),
      dispatches: await valuesOf(log, topics.dispatches, (bytes) => codecs.dispatch.decode(bytes)),
    }
  } finally {
    await log.close()
  }
}

/** Every row of every table of a demo's database, as text: `schema.table` → rows in ascending order. */
export async function tablesOf(directory: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const database = await openDatabase({ kind: 'pglite', directory: join(directory, 'store') })
  try {
    const { db } = await database.open<object>(caseworkStore)
    const { rows: tables } = await sql<{ schema: string; name: string }>`
      select table_schema as schema, table_name as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
      order by 1, 2`.execute(db)
    const found = new Map<string, readonly string[]>()
    for (const { schema, name } of tables) {
      const { rows } = await sql<{ row: string }>`
        select whole::text as row from ${sql.table(`${schema}.${name}`)} as whole`.execute(db)
      found.set(`${schema}.${name}`, rows.map(({ row }) => row).toSorted())
    }
    return found
  } finally {
    await database.close()
  }
}
