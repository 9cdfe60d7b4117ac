import { afterAll, beforeAll, expect, test } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import { caseworkStore } from '../../services/casework/app.ts'
import type { Casework } from '../../services/casework/app.ts'
import type { Case } from '../../services/casework/core/case.ts'
import { evolve } from '../../services/casework/core/evolve.ts'
import type { Tables } from '../../services/casework/shell/tables.ts'
import { openDatabase } from '../../services/platform/store/open.ts'
import type { Database } from '../../services/platform/store/port.ts'
import { temporaryPostgres } from '../support/database.ts'
import type { TemporaryPostgres } from '../support/database.ts'
import { temporaryLog } from '../support/temporary-log.ts'
import type { TemporaryLog } from '../support/temporary-log.ts'
import { aWarning, command, member, prosecutor, recordsOf, testCasework, warningRecord } from './support.ts'

let server: TemporaryPostgres
let database: Database
let temporary: TemporaryLog
let casework: Casework

beforeAll(async () => {
  server = await temporaryPostgres()
  database = await openDatabase({ kind: 'postgres', url: server.url })
  temporary = await temporaryLog()
  casework = await testCasework({ log: temporary.log, database })
})
afterAll(async () => {
  await casework.stop()
  await database.close()
  await server.drop()
  await temporary.remove()
})

test('on PostgreSQL, many commands at once lose nothing, double nothing and keep their order', async () => {
  const publisher = await temporary.log.publisher('test-warnings')
  const wave = (n: number) =>
    Array.from({ length: 20 }, (_, index) =>
      warningRecord(aWarning({ warning_id: `w${n}-${index}`, subject_id: `p_${index}` })),
    )
  await publisher.publish(wave(0), 1)
  await casework.idle()
  const tasks = await casework.tasks('D01')
  expect(tasks).toHaveLength(20)
  const work = tasks.flatMap(({ lead: { case_id: id } }) => [
    casework.execute(command({ type: 'acknowledge' }), id, member('D01')),
    casework.execute(command({ type: 'comment', text: '一' }), id, prosecutor),
    casework.execute(command({ type: 'comment', text: '二' }), id, prosecutor),
  ])
  const more = publisher.publish(wave(1), 2)
  const answers = await Promise.all(work)
  await more
  expect(answers.every((answer) => answer.outcome === 'done')).toBe(true)
  await casework.idle()

  const store = await database.open<Tables>(caseworkStore)
  const stored = await store.db.selectFrom('case_events').select(['case_id', 'fact']).orderBy('id').execute()
  // Per case: opened, four dispatches, acknowledged, two comments, one warning more.
  expect(stored).toHaveLength(20 * 9)
  const folded = new Map<string, Case>()
  for (const row of stored) folded.set(row.case_id, evolve(folded.get(row.case_id), row.fact))
  const cases = await store.db.selectFrom('cases').select(['case_id', 'snapshot']).execute()
  for (const row of cases) expect(row.snapshot).toEqual(folded.get(row.case_id))

  const records = await recordsOf(temporary.log, topics.caseEvents)
  const sequences = new Map<string, number[]>()
  for (const record of records) {
    const event = codecs.caseEvent.decode(record.value ?? new Uint8Array())
    sequences.set(event.case_id, [...(sequences.get(event.case_id) ?? []), event.sequence])
  }
  expect(sequences.size).toBe(20)
  for (const found of sequences.values()) expect(found).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
})
