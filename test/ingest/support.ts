import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { TopicSpec } from '../../schemas/topics.ts'
import type { Transaction } from '../../schemas/types.ts'
import { transactionColumns } from '../../schemas/transaction-csv.ts'
import type { TransactionFields } from '../../schemas/transaction-csv.ts'
import { keysFromConfig } from '../../services/platform/identity/keys.ts'
import type { IdentityVault } from '../../services/platform/identity/port.ts'
import { createIdentityVault } from '../../services/platform/identity/vault.ts'
import type { Log, LogRecord } from '../../services/platform/log/port.ts'
import { createTelemetry } from '../../services/platform/telemetry/telemetry.ts'
import type { Telemetry } from '../../services/platform/telemetry/port.ts'

/** A vault with fixed keys. */
export function testVault(): IdentityVault {
  const secret = (fill: number): string => Buffer.alloc(32, fill).toString('base64')
  return createIdentityVault(
    keysFromConfig({ pseudonym_key: secret(1), sealing_keys: [{ id: 'test', secret: secret(2) }] }),
  )
}

/** Telemetry of a test's own that writes nothing. */
export function silentTelemetry(): Telemetry {
  return createTelemetry({ service: 'ingest-test', level: 'silent' })
}

/** Every column empty but what a sound record needs. */
export function fieldsWith(changes: Partial<TransactionFields> = {}): TransactionFields {
  const empty = Object.fromEntries(transactionColumns.map((column) => [column, ''])) as TransactionFields
  return {
    ...empty,
    txn_id: 'T1',
    booked_at: '2026-03-02T10:00:00+08:00',
    amount: '12.50',
    currency: 'CNY',
    payer_account: '9990000000000000011',
    payee_account: '9990000000000000022',
    ...changes,
  }
}

function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

/** A CSV file of these records, quoted only where it must be. */
export function csvOf(
  rows: readonly TransactionFields[],
  columns: readonly string[] = transactionColumns,
): string {
  const line = (fields: TransactionFields): string =>
    columns.map((column) => quoted(fields[column as keyof TransactionFields])).join(',')
  return [columns.join(','), ...rows.map(line)].map((each) => `${each}\n`).join('')
}

/** A folder of a test's own: `await using folder = await temporaryFolder()`. */
export async function temporaryFolder(): Promise<{
  readonly path: string
  readonly file: (
    name: string,
    content: string | Uint8Array,
    options?: { readonly gzip?: boolean },
  ) => Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}> {
  const path = await mkdtemp(join(tmpdir(), 'weir-ingest-'))
  return {
    path,
    async file(name, content, options) {
      const at = join(path, name)
      await writeFile(at, options?.gzip === true ? gzipSync(content) : content)
      return at
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

/** All records of a topic, partition by partition. */
export async function recordsOf(log: Log, topic: TopicSpec): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = []
  for (let partition = 0; partition < topic.partitions; partition += 1) {
    for await (const record of log.read(topic, partition, 0)) records.push(record)
  }
  return records
}

/** All transactions in the log, by id. */
export async function transactionsIn(log: Log): Promise<readonly Transaction[]> {
  const records = await recordsOf(log, topics.transactions)
  return records
    .map((record) => codecs.transaction.decode(record.value ?? new Uint8Array()))
    .toSorted((a, b) => a.txn_id.localeCompare(b.txn_id))
}
