import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { Warning } from '../../schemas/types.ts'
import { caseworkStore } from '../../services/casework/app.ts'
import { evolve } from '../../services/casework/core/evolve.ts'
import type { Case } from '../../services/casework/core/case.ts'
import { OutboxRelay } from '../../services/casework/shell/relay.ts'
import { outputs } from '../../services/casework/shell/records.ts'
import type { Tables } from '../../services/casework/shell/tables.ts'
import { partitionOf } from '../../services/platform/log/partitioner.ts'
import type { Log } from '../../services/platform/log/port.ts'
import type { Database } from '../../services/platform/store/port.ts'
import { temporaryDatabase } from '../support/database.ts'
import { temporaryLog } from '../support/temporary-log.ts'
import type { TemporaryLog } from '../support/temporary-log.ts'
import {
  aWarning,
  command,
  emptyDatabase,
  member,
  recordsOf,
  testCasework,
  testClock,
  warningRecord,
} from './support.ts'

let temporary: TemporaryLog
let database: Database
let position = 0

beforeAll(async () => {
  database = await temporaryDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  temporary = await temporaryLog()
  await temporary.log.ensureTopics([topics.warnings])
  position = 0
})
afterEach(async () => {
  await emptyDatabase(database)
  await temporary.remove()
})

async function publish(log: Log, warnings: readonly Warning[]): Promise<void> {
  const publisher = await log.publisher('test-warnings')
  position += 1
  await publisher.publish(
    warnings.map((warning) => warningRecord(warning)),
    position,
  )
  await publisher.close()
}

/** Starts casework, lets it take in everything, stops it. */
async function runOnce(clock = testClock()): Promise<void> {
  const casework = await testCasework({ log: temporary.log, database, clock })
  await casework.idle()
  await casework.stop()
}

async function eventsInLog() {
  const records = await recordsOf(temporary.log, topics.caseEvents)
  return records.map((record) => codecs.caseEvent.decode(record.value ?? new Uint8Array()))
}

const many = (count: number, change: Partial<Warning> = {}): Warning[] =>
  Array.from({ length: count }, (_, index) =>
    aWarning({ warning_id: `w-${index}`, subject_id: `p_${index % 200}`, ...change }),
  )

describe('G1: a warning becomes a lead exactly once', () => {
  test('however often it is delivered and casework restarts', async () => {
    const warnings = many(300)
    await publish(temporary.log, warnings)
    await runOnce()
    await publish(temporary.log, warnings)
    await runOnce()
    await publish(temporary.log, [...warnings.slice(0, 10), ...warnings.slice(0, 10)])
    await runOnce()

    const store = await database.open<Tables>(caseworkStore)
    const stored = await store.db.selectFrom('warnings').select('warning_id').execute()
    expect(stored).toHaveLength(300)
    const cases = await store.db.selectFrom('cases').select(['subject_id', 'snapshot']).execute()
    expect(cases).toHaveLength(200)
    expect(cases.reduce((sum, row) => sum + row.snapshot.warnings, 0)).toBe(300)
    const opened = (await eventsInLog()).filter((event) => event.type === 'lead_opened')
    expect(new Set(opened.map((event) => event.subject_id)).size).toBe(200)
    expect(opened).toHaveLength(200)
  })

  test('and keeps its id when database and outputs are lost and everything is read again', async () => {
    await publish(temporary.log, many(5))
    await runOnce()
    const before = (await eventsInLog()).map((event) => event.event_id)
    await emptyDatabase(database)
    await using other = await temporaryLog()
    await other.log.ensureTopics([topics.warnings])
    await publish(other.log, many(5))
    const casework = await testCasework({ log: other.log, database })
    await casework.idle()
    await casework.stop()
    const after = await recordsOf(other.log, topics.caseEvents)
    expect(new Set(after.map((record) => record.headers['ce_id']))).toEqual(new Set(before))
  })

  test('and whoever starts while somebody else still takes warnings in does not wait for them', async () => {
    await publish(temporary.log, many(1))
    const partition = partitionOf('p_0', topics.warnings.partitions)
    const takenMeanwhile = async (): Promise<void> => {
      const store = await database.open<Tables>(caseworkStore)
      await store.db
        .insertInto('positions')
        .values({ consumer: 'warnings', partition, next_offset: 1 })
        .execute()
    }
    const { log } = temporary
    const follow: Log['follow'] = (options) =>
      log.follow({
        ...options,
        position: async (asked) => {
          if (options.topic === topics.warnings && asked === partition) await takenMeanwhile()
          return options.position(asked)
        },
      })
    const casework = await testCasework({
      log: Object.assign(Object.create(log) as Log, { follow }),
      database,
    })
    await casework.idle()
    await casework.stop()
    const store = await database.open<Tables>(caseworkStore)
    expect(await store.db.selectFrom('warnings').select('warning_id').execute()).toEqual([])
  })

  test('while a record that is no warning is set aside with its facts', async () => {
    await publish(temporary.log, many(2))
    const publisher = await temporary.log.publisher('test-broken')
    const broken = { ...warningRecord(aWarning()), key: 'p_x', value: Buffer.from('no warning') }
    await publisher.publish([broken], 1)
    await runOnce()
    const [dead, ...others] = await recordsOf(temporary.log, outputs.warning_dead_letters)
    expect(others).toEqual([])
    expect(dead?.value).toEqual(broken.value)
    expect(dead?.headers).toMatchObject({
      '__streams.errors.topic': 'weir.public.warnings.v1',
      'x-reason': 'not_single_object',
    })
  })
})

describe('G6: what was stored', () => {
  test('folds to what is shown, for every case', async () => {
    await publish(temporary.log, many(40, { level: 'orange' }))
    const casework = await testCasework({ log: temporary.log, database })
    await casework.idle()
    for (const task of (await casework.tasks('D01')).slice(0, 10)) {
      await casework.execute(command({ type: 'acknowledge' }), task.lead.case_id, member('D01'))
    }
    await casework.stop()
    const store = await database.open<Tables>(caseworkStore)
    const rows = await store.db.selectFrom('case_events').select('fact').orderBy('id').execute()
    const folded = new Map<string, Case>()
    const caseIds = await store.db.selectFrom('case_events').select('case_id').orderBy('id').execute()
    for (const [index, row] of rows.entries()) {
      const id = caseIds[index]?.case_id ?? ''
      folded.set(id, evolve(folded.get(id), row.fact))
    }
    const cases = await store.db.selectFrom('cases').select(['case_id', 'snapshot']).execute()
    expect(cases).toHaveLength(40)
    for (const row of cases) expect(row.snapshot).toEqual(folded.get(row.case_id))
  })

  test('cannot be changed or deleted, not even by hand', async () => {
    await publish(temporary.log, many(1))
    await runOnce()
    const store = await database.open<Tables>(caseworkStore)
    const change = store.db.updateTable('case_events').set({ reason: 'x' }).execute()
    await expect(change).rejects.toThrow('append-only')
    await expect(store.db.deleteFrom('case_events').execute()).rejects.toThrow('append-only')
  })
})

describe('the outbox', () => {
  test('publishes each event once when the relay dies between publishing and deleting, again and again', async () => {
    await publish(temporary.log, many(30))
    for (let kill = 0; kill < 5; kill += 1) {
      const casework = await testCasework({
        log: temporary.log,
        database,
        faults: {
          afterPublish: () => {
            throw new Error('killed')
          },
        },
      })
      await casework.failed
      await casework.stop()
      await publish(temporary.log, [aWarning({ warning_id: `more-${kill}`, subject_id: `p_more_${kill}` })])
    }
    await runOnce()
    const events = await eventsInLog()
    expect(new Set(events.map((event) => event.event_id)).size).toBe(events.length)
    const store = await database.open<Tables>(caseworkStore)
    const stored = await store.db.selectFrom('case_events').select('id').execute()
    expect(events).toHaveLength(stored.length)
    const dispatched = await recordsOf(temporary.log, topics.dispatches)
    expect(dispatched).toHaveLength(events.filter((event) => event.type === 'dispatched').length)
  })

  test('keeps the events of a case in order and without gaps', async () => {
    await publish(temporary.log, many(600))
    await runOnce()
    const next = new Map<string, number>()
    for (const event of await eventsInLog()) {
      const expected = (next.get(event.case_id) ?? 0) + 1
      expect(event.sequence).toBe(expected)
      next.set(event.case_id, expected)
    }
    expect(next.size).toBe(200)
  })

  test('refuses to go on with a database older than the log', async () => {
    await publish(temporary.log, many(3))
    await runOnce()
    await emptyDatabase(database)
    const store = await database.open<Tables>(caseworkStore)
    await expect(OutboxRelay.open(store, temporary.log)).rejects.toThrow('restored from an older copy')
  })
})
