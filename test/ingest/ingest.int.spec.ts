import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { firstValueFrom, take, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { topics } from '../../schemas/topics.ts'
import { createIngest, ingestDeadLetters } from '../../services/ingest/app.ts'
import type { Ingest, IngestProgress } from '../../services/ingest/app.ts'
import type { TransactionFields } from '../../schemas/transaction-csv.ts'
import { transactionColumns } from '../../schemas/transaction-csv.ts'
import type { Log } from '../../services/platform/log/port.ts'
import { openEmbeddedLog } from '../../services/platform/log/embedded/open.ts'
import { temporaryLog } from '../support/temporary-log.ts'
import {
  csvOf,
  fieldsWith,
  recordsOf,
  silentTelemetry,
  temporaryFolder,
  testVault,
  transactionsIn,
} from './support.ts'

const vault = testVault()

function ingestOver(log: Log): Ingest {
  return createIngest({ log, vault, telemetry: silentTelemetry(), now: () => Date.UTC(2026, 2, 3) })
}

/** Payments of recognisable people; every fifth cannot be read when `faulty`. */
function payments(count: number, faulty = false): readonly TransactionFields[] {
  return Array.from({ length: count }, (_, index) =>
    fieldsWith({
      txn_id: `T${String(index).padStart(6, '0')}`,
      amount: faulty && index % 5 === 2 ? 'much' : `${index + 1}.00`,
      payer_account: `99900000000000${String(index % 97).padStart(5, '0')}`,
      payer_id: index % 3 === 0 ? '' : `99100419901345${String(index % 89).padStart(4, '0')}`,
      payer_name: `测试甲${index % 97}号`,
      payee_account: '9990000000000099999',
      payee_name: '演示商行',
      remark: `测试甲${index % 97}号付演示商行货款,账号9990000000000099999`,
    }),
  )
}

describe('A file', () => {
  test('is taken in once: a second time, renamed or compressed, changes nothing and says so', async () => {
    await using temporary = await temporaryLog()
    await using folder = await temporaryFolder()
    const ingest = ingestOver(temporary.log)
    const content = csvOf(payments(2500, true))
    const first = await ingest.ingestFile(await folder.file('a.csv', content))
    expect(first).toMatchObject({
      status: 'ingested',
      published: 2000,
      refused: 500,
      refusedBy: { invalid_amount: 500 },
    })
    const before = await temporary.log.offsets(topics.transactions)
    for (const path of [
      await folder.file('b.csv', content),
      await folder.file('c.gz', content, { gzip: true }),
    ]) {
      const again = await ingest.ingestFile(path)
      expect(again).toMatchObject({
        status: 'unchanged',
        published: 0,
        alreadyTaken: 2500,
        sha256: first.sha256,
      })
    }
    expect(await temporary.log.offsets(topics.transactions)).toEqual(before)
    expect((await recordsOf(temporary.log, ingestDeadLetters)).length).toBe(500)
    await ingest.close()
  })

  test('given twice at the same time is taken in once', async () => {
    await using temporary = await temporaryLog()
    await using folder = await temporaryFolder()
    const ingest = ingestOver(temporary.log)
    const path = await folder.file('a.csv', csvOf(payments(1500)))
    const both = await Promise.all([ingest.ingestFile(path), ingest.ingestFile(path)])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['ingested', 'unchanged'])
    expect(await transactionsIn(temporary.log)).toHaveLength(1500)
  })

  test('interrupted between two commits is gone on with, without a record lost or doubled', async () => {
    await using temporary = await temporaryLog()
    await using folder = await temporaryFolder()
    const path = await folder.file('a.csv', csvOf(payments(5000, true)))
    const failing = await openFailing(temporary.log, 3)
    await expect(ingestOver(failing).ingestFile(path)).rejects.toThrow('the machine went away')
    expect((await transactionsIn(temporary.log)).length).toBeLessThan(3000)
    const rest = await ingestOver(temporary.log).ingestFile(path)
    expect(rest).toMatchObject({ status: 'resumed', alreadyTaken: 2000, published: 2400, refused: 600 })
    const ids = (await transactionsIn(temporary.log)).map(({ txn_id }) => txn_id)
    expect(ids).toEqual(
      payments(5000, true)
        .filter((row) => row.amount !== 'much')
        .map(({ txn_id }) => txn_id),
    )
    expect(await recordsOf(temporary.log, ingestDeadLetters)).toHaveLength(1000)
  })

  test('of a killed process is gone on with by the next one', async () => {
    await using temporary = await temporaryLog()
    await using folder = await temporaryFolder()
    const path = await folder.file('a.csv', csvOf(payments(20_000)))
    const child = fork(new URL('ingest-child.ts', import.meta.url), [temporary.directory, path], {
      stdio: 'ignore',
    })
    // The child tells of progress after its first commits; it is killed in the midst of the others.
    await once(child, 'message')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const log = await openEmbeddedLog({ directory: temporary.directory, sync: 'none' })
    const rest = await ingestOver(log).ingestFile(path)
    expect(rest.status).toBe('resumed')
    expect(rest.alreadyTaken).toBeGreaterThan(0)
    expect(rest.published + rest.alreadyTaken).toBe(20_000)
    expect((await transactionsIn(log)).map(({ txn_id }) => txn_id)).toEqual(
      payments(20_000).map(({ txn_id }) => txn_id),
    )
    await log.close()
  })

  test('that is refused as a whole is put on record once, and nothing of it is published', async () => {
    await using temporary = await temporaryLog()
    await using folder = await temporaryFolder()
    const ingest = ingestOver(temporary.log)
    const path = await folder.file('9990000000000000011.xml', '<Document><CstmrDrctDbtInitn/></Document>')
    for (let time = 0; time < 2; time += 1) {
      expect(await ingest.ingestFile(path)).toMatchObject({
        status: 'refused',
        refusal: { reason: 'unsupported_message', detail: 'pain.008' },
      })
    }
    const letters = await recordsOf(temporary.log, ingestDeadLetters)
    expect(letters.map(({ headers }) => headers['x-reason'])).toEqual(['unsupported_message'])
    expect(JSON.stringify(letters)).not.toContain('9990000000000000011')
    expect(await ingest.ingestFile(join(folder.path, 'missing.csv'))).toMatchObject({
      status: 'refused',
      sha256: '',
    })
  })

  test('tells how far it is', async () => {
    await using temporary = await temporaryLog()
    await using folder = await temporaryFolder()
    const seen: IngestProgress[] = []
    const path = await folder.file('a.csv', csvOf(payments(10)))
    await ingestOver(temporary.log).ingestFile(path, {}, (progress) => seen.push(progress))
    expect(seen[0]?.phase).toBe('inspecting')
  })

  test('of ISO 20022 goes the same way', async () => {
    await using temporary = await temporaryLog()
    await using folder = await temporaryFolder()
    const transfer = (ref: string, amount: string): string => `<CdtTrfTxInf><PmtId><TxId>${ref}</TxId></PmtId>
      <IntrBkSttlmAmt Ccy="EUR">${amount}</IntrBkSttlmAmt><IntrBkSttlmDt>2026-03-02</IntrBkSttlmDt>
      <DbtrAcct><Id><IBAN>CH5109000000250092291</IBAN></Id></DbtrAcct><CdtrAcct><Id><Othr><Id>9990000011</Id></Othr></Id></CdtrAcct></CdtTrfTxInf>`
    const message = `<Document><FIToFICstmrCdtTrf><GrpHdr><MsgId>M</MsgId></GrpHdr>${transfer('R1', '1.50')}${transfer('R2', '1.505')}</FIToFICstmrCdtTrf></Document>`
    const summary = await ingestOver(temporary.log).ingestFile(await folder.file('m.xml', message), {
      sourceId: 'bank_x',
    })
    expect(summary).toMatchObject({
      published: 1,
      refusedBy: { too_many_decimals: 1 },
      messages: ['pacs.008'],
    })
    expect(await transactionsIn(temporary.log)).toMatchObject([
      { txn_id: 'R1', amount: 150, source_id: 'bank_x' },
    ])
    const [letter] = await recordsOf(temporary.log, ingestDeadLetters)
    const raw = Buffer.from(vault.openBytes(letter?.value ?? new Uint8Array())).toString()
    expect(raw).toContain('<IntrBkSttlmAmt Ccy="EUR">1.505</IntrBkSttlmAmt>')
  })
})

describe('What is in the log', () => {
  test('is keyed by the payer subject, stamped with event time, and carries CloudEvents and trace headers', async () => {
    await using temporary = await temporaryLog()
    await using folder = await temporaryFolder()
    const ingest = ingestOver(temporary.log)
    const { sha256 } = await ingest.ingestFile(await folder.file('a.csv', csvOf(payments(2))))
    const records = await recordsOf(temporary.log, topics.transactions)
    const [first, second] = records.toSorted((a, b) =>
      (a.headers['ce_id'] ?? '').localeCompare(b.headers['ce_id'] ?? ''),
    )
    expect(first?.key).toBe(vault.pseudonym('account', '9990000000000000000'))
    expect(second?.key).toBe(vault.pseudonym('id', '991004199013450001'))
    expect(first?.timestamp).toBe(Date.UTC(2026, 2, 2, 2))
    expect(first?.headers).toMatchObject({
      ce_id: `${sha256}:1`,
      ce_source: '/weir/ingest',
      ce_type: 'weir.transaction',
      ce_specversion: '1.0',
      ce_time: '2026-03-02T02:00:00.000Z',
      'content-type': 'application/avro',
    })
    expect(first?.headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/)
  })

  test('a dead letter carries the facts in headers and the row sealed', async () => {
    await using temporary = await temporaryLog()
    await using folder = await temporaryFolder()
    const rows = payments(3, true)
    const content = csvOf(rows)
    const { sha256 } = await ingestOver(temporary.log).ingestFile(await folder.file('a.csv', content))
    const [letter, ...others] = await recordsOf(temporary.log, ingestDeadLetters)
    expect(others).toEqual([])
    expect(letter?.headers).toMatchObject({
      '__streams.errors.topic': 'weir.ingest.transactions.v1',
      '__streams.errors.offset': '3',
      '__streams.errors.exception': 'weir.ingest.Refused',
      '__streams.errors.message': 'The amount is not a decimal number (amount)',
      'x-reason': 'invalid_amount',
      'x-detail': 'amount',
      'x-origin': sha256,
      'x-line': '4',
      'x-position': '3',
    })
    const raw = vault.openBytes(letter?.value ?? new Uint8Array())
    expect(Buffer.from(raw).toString()).toBe(content.split('\n')[3])
  })

  test('no byte of any topic shows a clear account number, id or name', async () => {
    await using temporary = await temporaryLog()
    await using folder = await temporaryFolder()
    const rows = payments(500, true)
    await ingestOver(temporary.log).ingestFile(await folder.file('a.csv', csvOf(rows)))
    const records = [
      ...(await recordsOf(temporary.log, topics.transactions)),
      ...(await recordsOf(temporary.log, ingestDeadLetters)),
    ]
    expect(records).toHaveLength(500)
    const everything = Buffer.concat(
      records.flatMap(({ key, value, headers }) => [
        Buffer.from(key),
        value ?? Buffer.alloc(0),
        Buffer.from(JSON.stringify(headers)),
      ]),
    )
    const secrets = new Set(
      rows.flatMap((row) => [
        row.payer_account,
        row.payer_id,
        row.payer_name,
        row.payee_account,
        row.payee_name,
      ]),
    )
    secrets.delete('')
    expect(secrets.size).toBeGreaterThan(250)
    for (const secret of secrets) expect(everything.includes(secret)).toBe(false)
  })

  test('metrics count what was published and refused', async () => {
    await using temporary = await temporaryLog()
    await using folder = await temporaryFolder()
    const telemetry = silentTelemetry()
    const ingest = createIngest({ log: temporary.log, vault, telemetry })
    await ingest.ingestFile(await folder.file('a.csv', csvOf(payments(10, true))))
    const text = await telemetry.registry.metrics()
    expect(text).toContain('weir_ingest_records_total{format="csv",outcome="published"} 8')
    expect(text).toContain('weir_ingest_records_total{format="csv",outcome="refused"} 2')
    expect(text).toContain(
      'weir_dead_letters_total{topic="weir.ingest.transactions.v1",reason="invalid_amount"} 2',
    )
  })
})

describe('A stream of batches', () => {
  test('is published once by name and position, also after a restart and when a batch overlaps', async () => {
    await using temporary = await temporaryLog()
    const rows = payments(30, true)
    const ingest = ingestOver(temporary.log)
    expect(await ingest.batchPosition('district')).toBe(0)
    expect(await ingest.ingestBatch('district', rows.slice(0, 10), 10)).toMatchObject({
      published: 8,
      refused: 2,
    })
    expect(await ingest.ingestBatch('district', rows.slice(0, 10), 10)).toMatchObject({
      published: 0,
      alreadyTaken: 10,
    })
    const restarted = ingestOver(temporary.log)
    expect(await restarted.batchPosition('district')).toBe(10)
    expect(await restarted.ingestBatch('district', rows.slice(5, 30), 30)).toMatchObject({
      published: 16,
      alreadyTaken: 5,
    })
    expect(await restarted.ingestBatch('another', rows.slice(0, 5), 5)).toMatchObject({ published: 4 })
    expect(await transactionsIn(temporary.log)).toHaveLength(28)
    await expect(restarted.ingestBatch('district', rows, 3)).rejects.toThrow(RangeError)
  })

  test('fields beyond the contract do not matter, and leave no trace', async () => {
    await using temporary = await temporaryLog()
    const labelled = payments(1).map((row) => ({ ...row, label: { typology: 'x' } }))
    await ingestOver(temporary.log).ingestBatch('labelled', labelled, 1)
    expect(Object.keys((await transactionsIn(temporary.log))[0] ?? {})).not.toContain('label')
    expect(Object.keys(labelled[0] ?? {}).length).toBe(transactionColumns.length + 1)
  })

  test('canonical transactions are published in order, once each', async () => {
    await using temporary = await temporaryLog()
    await using other = await temporaryLog()
    await ingestOver(temporary.log).ingestBatch('source', payments(2500), 2500)
    const transactions = await transactionsIn(temporary.log)
    const ingest = ingestOver(other.log)
    expect(await ingest.ingestTransactions('copy', transactions.slice(0, 1200))).toMatchObject({
      published: 1200,
    })
    expect(await ingest.ingestTransactions('copy', transactions)).toMatchObject({
      published: 1300,
      alreadyTaken: 1200,
    })
    expect(await transactionsIn(other.log)).toEqual(transactions)
  })
})

describe('A followed folder', () => {
  test('gives each complete file once, also after a restart, and survives files that cannot be read', async () => {
    await using temporary = await temporaryLog()
    await using folder = await temporaryFolder()
    await folder.file('1.csv', csvOf(payments(3)))
    await folder.file('2.csv', 'nothing of the kind')
    await folder.file('3.csv.part', csvOf(payments(7)))
    await folder.file('.4.csv', csvOf(payments(8)))
    const ingest = ingestOver(temporary.log)
    const following = firstValueFrom(
      ingest.followFolder(folder.path, { everyMs: 100 }).pipe(take(3), toArray()),
    )
    await writeFile(join(folder.path, '5.csv'), csvOf(payments(5)))
    const first = await following
    expect(first.map(({ name, status }) => [name, status])).toEqual([
      ['1.csv', 'ingested'],
      ['2.csv', 'refused'],
      ['5.csv', 'ingested'],
    ])
    await ingest.close()
    const restarted = ingestOver(temporary.log)
    await rename(join(folder.path, '3.csv.part'), join(folder.path, '3.csv'))
    const second = await firstValueFrom(
      restarted.followFolder(folder.path, { everyMs: 100 }).pipe(take(4), toArray()),
    )
    expect(second.map(({ name, status }) => [name, status])).toEqual([
      ['1.csv', 'unchanged'],
      ['2.csv', 'refused'],
      ['3.csv', 'ingested'],
      ['5.csv', 'unchanged'],
    ])
    await restarted.close()
  })

  test('takes a file with a marker at once, and completes when ingest is closed', async () => {
    await using temporary = await temporaryLog()
    await using folder = await temporaryFolder()
    await folder.file('1.csv', csvOf(payments(3)))
    await folder.file('1.csv.done', '')
    const ingest = ingestOver(temporary.log)
    const all = firstValueFrom(ingest.followFolder(folder.path, { everyMs: 3_600_000 }).pipe(toArray()))
    while ((await transactionsIn(temporary.log).catch(() => [])).length < 3)
      await new Promise((resolve) => setTimeout(resolve, 20))
    await ingest.close()
    expect((await all).map(({ status }) => status)).toEqual(['ingested'])
  })
})

/** A log whose publishers fail at their n-th commit. */
async function openFailing(log: Log, atCommit: number): Promise<Log> {
  let commits = 0
  return {
    ensureTopics: (specs) => log.ensureTopics(specs),
    task: (options) => log.task(options),
    follow: (options) => log.follow(options),
    offsets: (topic) => log.offsets(topic),
    read: (topic, partition, from) => log.read(topic, partition, from),
    committed: (group, topic, partition) => log.committed(group, topic, partition),
    close: () => log.close(),
    async publisher(name) {
      const publisher = await log.publisher(name)
      return {
        position: () => publisher.position(),
        close: () => publisher.close(),
        async publish(records, position) {
          commits += 1
          if (commits === atCommit) throw new Error('the machine went away')
          await publisher.publish(records, position)
        },
      }
    },
  }
}
