import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { Acknowledgement } from '../../schemas/types.ts'
import { caseworkStore } from '../../services/casework/app.ts'
import type { Casework } from '../../services/casework/app.ts'
import { outputs } from '../../services/casework/shell/records.ts'
import type { Tables } from '../../services/casework/shell/tables.ts'
import type { Database } from '../../services/platform/store/port.ts'
import { temporaryDatabase } from '../support/database.ts'
import { temporaryLog } from '../support/temporary-log.ts'
import type { TemporaryLog } from '../support/temporary-log.ts'
import {
  acknowledgementRecord,
  aWarning,
  command,
  emptyDatabase,
  member,
  prosecutor,
  recordsOf,
  testCasework,
  testClock,
  warningRecord,
} from './support.ts'

let database: Database
let temporary: TemporaryLog
let casework: Casework
let clock: ReturnType<typeof testClock>
let caseId: string

beforeAll(async () => {
  database = await temporaryDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  temporary = await temporaryLog()
  clock = testClock()
  casework = await testCasework({ log: temporary.log, database, clock })
  const publisher = await temporary.log.publisher('test-warnings')
  await publisher.publish([warningRecord(aWarning())], 1)
  await casework.idle()
  caseId = (await casework.tasks('D01'))[0]?.lead.case_id ?? ''
})
afterEach(async () => {
  await casework.stop()
  await emptyDatabase(database)
  await temporary.remove()
})

const d01 = member('D01')

async function eventTypes(): Promise<string[]> {
  await casework.idle()
  const records = await recordsOf(temporary.log, topics.caseEvents)
  return records.map((record) => codecs.caseEvent.decode(record.value ?? new Uint8Array()).type)
}

describe('a command', () => {
  test('given twice under one id has one effect and one answer', async () => {
    const first = command({ type: 'acknowledge' })
    const answer = await casework.execute(first, caseId, d01)
    expect(answer).toEqual({ outcome: 'done', sequence: 6, repeated: false })
    await casework.execute(command({ type: 'start_verification' }), caseId, d01)
    expect(await casework.execute(first, caseId, d01)).toEqual({
      outcome: 'done',
      sequence: 6,
      repeated: true,
    })
    expect((await eventTypes()).filter((type) => type === 'acknowledged')).toHaveLength(1)
  })

  test('given twice at the same moment has one effect', async () => {
    const once = command({ type: 'acknowledge' })
    const answers = await Promise.all([1, 2, 3, 4].map(() => casework.execute(once, caseId, d01)))
    expect(answers.map((answer) => answer.outcome)).toEqual(['done', 'done', 'done', 'done'])
    expect((await eventTypes()).filter((type) => type === 'acknowledged')).toHaveLength(1)
  })

  test('that was refused is refused again under the same id, even when it would now be possible', async () => {
    const early = command({ type: 'start_verification' })
    const refused = await casework.execute(early, caseId, d01)
    expect(refused).toMatchObject({ outcome: 'refused', refused: 'lead_not_acknowledged' })
    await casework.execute(command({ type: 'acknowledge' }), caseId, d01)
    expect(await casework.execute(early, caseId, d01)).toEqual(refused)
  })

  test('may not reuse the id of another command', async () => {
    const first = command({ type: 'acknowledge' })
    await casework.execute(first, caseId, d01)
    const other = { ...first, type: 'start_verification' as const }
    expect(await casework.execute(other, caseId, d01)).toEqual({ outcome: 'command_id_reused' })
    expect(await casework.execute(first, caseId, member('D01', 'officer', 'another'))).toEqual({
      outcome: 'command_id_reused',
    })
  })

  test('decided on an older state is told so, and changes nothing', async () => {
    const stale = await casework.execute(command({ type: 'acknowledge', expected_sequence: 4 }), caseId, d01)
    expect(stale).toEqual({ outcome: 'stale', sequence: 5 })
    const fresh = await casework.execute(command({ type: 'acknowledge', expected_sequence: 5 }), caseId, d01)
    expect(fresh).toMatchObject({ outcome: 'done' })
  })

  test('of two people who saw the same state, one wins', async () => {
    const both = [d01, member('D12', 'grid_worker')].map((who) =>
      casework.execute(command({ type: 'acknowledge', expected_sequence: 5 }), caseId, who),
    )
    const outcomes = (await Promise.all(both)).map((answer) => answer.outcome)
    expect(outcomes.toSorted()).toEqual(['done', 'stale'])
  })

  test('on a case that was never sent to the department finds no case', async () => {
    expect(await casework.execute(command({ type: 'comment', text: 'x' }), caseId, member('D09'))).toEqual({
      outcome: 'unknown_case',
    })
    expect(await casework.execute(command({ type: 'acknowledge' }), 'Cnone', d01)).toEqual({
      outcome: 'unknown_case',
    })
  })

  test('with what a database cannot hold is stored without it', async () => {
    const text = 'a\0b\uD800c'
    const answer = await casework.execute(command({ type: 'comment', text }), caseId, prosecutor)
    expect(answer).toMatchObject({ outcome: 'done' })
    const detail = await casework.detail(caseId, prosecutor)
    expect(detail?.events.at(-1)?.details['text']).toBe('ab\uFFFDc')
  })
})

describe('tasks', () => {
  test('name the next step of every department, by due time, and count reminders', async () => {
    const publisher = await temporary.log.publisher('test-more')
    await publisher.publish(
      [warningRecord(aWarning({ warning_id: 'w2', subject_id: 'p_2', level: 'red' }))],
      1,
    )
    await casework.idle()
    expect((await casework.tasks('D01')).map((task) => [task.lead.level, task.next, task.overdue])).toEqual([
      ['red', 'acknowledge', false],
      ['yellow', 'acknowledge', false],
    ])
    clock.advance(3 * 3_600_000)
    const [urgent] = await casework.tasks(d01)
    expect(urgent).toMatchObject({ overdue: true, reminders: 0, lead: { overdue: 1 } })
    const reminded = command({ type: 'supervise', reason: '逾期' })
    await casework.execute(reminded, urgent?.lead.case_id ?? '', prosecutor)
    expect((await casework.tasks('D01'))[0]).toMatchObject({ reminders: 1 })
    expect(await casework.summary()).toMatchObject({ leads: 2, overdue: 1 })
  })
})

describe('answers of departments’ own systems', () => {
  async function answer(...answers: Partial<Acknowledgement>[]): Promise<void> {
    const publisher = await temporary.log.publisher('department-system')
    const position = (await publisher.position()) + 1
    await publisher.publish(
      answers.map((one) => acknowledgementRecord({ dispatch_id: `${caseId}-d1`, ...one })),
      position,
    )
    await casework.idle()
  }

  async function deadReasons(): Promise<(string | undefined)[]> {
    const records = await recordsOf(temporary.log, outputs.acknowledgement_dead_letters)
    return records.map((record) => record.headers['x-reason'])
  }

  test('acknowledge a dispatch in the officer’s name, once however often they come', async () => {
    await answer({}, {})
    await answer({})
    expect((await casework.detail(caseId, d01))?.lead.state).toBe('acknowledged')
    const events = (await casework.detail(caseId, d01))?.events.filter(
      (event) => event.type === 'acknowledged',
    )
    expect(events).toMatchObject([{ actor: 'zhang', actor_department: 'D01', actor_role: 'officer' }])
    expect(await deadReasons()).toEqual([])
  })

  test('return it with a reason, and it goes to the next department', async () => {
    await answer({ answer: 'returned', reason: '非本单位职责' })
    expect((await casework.detail(caseId, d01))?.lead).toMatchObject({ owner: 'D04', state: 'alerted' })
  })

  test('that cannot be used are set aside with the reason, and those behind them are not held up', async () => {
    await answer(
      { acknowledgement_id: 'a1', dispatch_id: 'none' },
      { acknowledgement_id: 'a2', department: 'D02' },
      { acknowledgement_id: 'a3', answer: 'unknown' },
      { acknowledgement_id: 'a4', answer: 'returned', reason: '' },
      { acknowledgement_id: 'a5' },
      { acknowledgement_id: 'a6' },
    )
    expect(await deadReasons()).toEqual([
      'unknown_dispatch',
      'not_for_department',
      'unknown_answer',
      'reason_missing',
      'already_acknowledged',
    ])
    expect((await casework.detail(caseId, d01))?.lead.state).toBe('acknowledged')
  })

  test('survive a restart between reading and answering', async () => {
    await casework.stop()
    const publisher = await temporary.log.publisher('department-system')
    await publisher.publish([acknowledgementRecord({ dispatch_id: `${caseId}-d1` })], 1)
    casework = await testCasework({ log: temporary.log, database, clock })
    await casework.idle()
    expect((await casework.detail(caseId, d01))?.lead.state).toBe('acknowledged')
    const store = await database.open<Tables>(caseworkStore)
    expect(
      await store.db.selectFrom('positions').selectAll().where('consumer', '=', 'acknowledgements').execute(),
    ).toEqual([{ consumer: 'acknowledgements', partition: 0, next_offset: 1 }])
  })
})
