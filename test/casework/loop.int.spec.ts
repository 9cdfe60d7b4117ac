import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { Casework } from '../../services/casework/app.ts'
import type { Database } from '../../services/platform/store/port.ts'
import { temporaryDatabase } from '../support/database.ts'
import { temporaryLog } from '../support/temporary-log.ts'
import type { TemporaryLog } from '../support/temporary-log.ts'
import {
  aWarning,
  command,
  member,
  recordsOf,
  result,
  testCasework,
  visit,
  warningRecord,
} from './support.ts'

describe('one loop from the warning to the close', () => {
  let temporary: TemporaryLog
  let database: Database
  let casework: Casework
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

  beforeAll(async () => {
    temporary = await temporaryLog()
    database = await temporaryDatabase()
    casework = await testCasework({ log: temporary.log, database })
    const publisher = await temporary.log.publisher('test-warnings')
    await publisher.publish([warningRecord(aWarning({ level: 'orange' }), { traceparent })], 1)
    await casework.idle()
  })
  afterAll(async () => {
    await casework.stop()
    await database.close()
    await temporary.remove()
  })

  test('goes through every department and ends closed, each step published in order', async () => {
    const [task] = await casework.tasks('D01')
    const caseId = task?.lead.case_id ?? ''
    expect(task).toMatchObject({ next: 'acknowledge', node: 'acknowledge', purpose: 'verify' })
    const d01 = member('D01')
    const d12 = member('D12', 'grid_worker')
    const d02 = member('D02')
    const give = async (who: typeof d01, change: Parameters<typeof command>[0]) => {
      const answer = await casework.execute(command(change), caseId, who)
      expect(answer).toMatchObject({ outcome: 'done' })
    }
    await give(d01, { type: 'acknowledge' })
    await give(d01, { type: 'start_verification' })
    await give(d12, { type: 'acknowledge' })
    await give(d12, { type: 'record_verification', verification: visit })
    await give(d01, { type: 'grade', card: 'red', reason: '涉嫌犯罪' })
    await give(d02, { type: 'acknowledge' })
    await give(d02, {
      type: 'take_measure',
      measure: { kind: '立案侦查', legal_basis: '刑法 第一百七十六条' },
    })
    await give(d02, { type: 'feed_back', result })
    await give(d02, { type: 'close', result })
    await casework.idle()

    expect(await casework.summary()).toMatchObject({
      leads: 1,
      by_state: { closed: 1 },
      outbox: 0,
      overdue: 0,
    })
    const records = await recordsOf(temporary.log, topics.caseEvents)
    const events = records.map((record) => codecs.caseEvent.decode(record.value ?? new Uint8Array()))
    expect(events.map((event) => event.sequence)).toEqual(events.map((_, index) => index + 1))
    expect(events.map((event) => `${event.type}:${event.state}`)).toMatchInlineSnapshot(`
      [
        "lead_opened:detected",
        "dispatched:alerted",
        "dispatched:alerted",
        "dispatched:alerted",
        "dispatched:alerted",
        "dispatched:alerted",
        "dispatched:alerted",
        "acknowledged:acknowledged",
        "verification_started:verifying",
        "acknowledged:verifying",
        "verified:verifying",
        "graded:graded",
        "dispatched:routed",
        "dispatched:routed",
        "acknowledged:handling",
        "measure_taken:handling",
        "fed_back:fed_back",
        "closed:closed",
      ]
    `)
    expect(records.every((record) => record.headers['traceparent'] === traceparent)).toBe(true)
    const dispatches = await recordsOf(temporary.log, topics.dispatches)
    expect(dispatches.map((record) => record.key)).toMatchInlineSnapshot(`
      [
        "D01",
        "D12",
        "D11",
        "D04",
        "D14",
        "D16",
        "D02",
        "D01",
      ]
    `)
  })
})
