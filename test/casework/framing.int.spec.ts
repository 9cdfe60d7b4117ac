import { expect, it } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { fingerprintIn, learnSchemaId } from '../../schemas/header.ts'
import { caseworkStore } from '../../services/casework/app.ts'
import type { Tables } from '../../services/casework/shell/tables.ts'
import { temporaryDatabase } from '../support/database.ts'
import { temporaryLog } from '../support/temporary-log.ts'
import { aWarning, testCasework, warningRecord } from './support.ts'

it('keeps a warning that came with the id of a schema registry so that it is read without one', async () => {
  await using temporary = await temporaryLog()
  const database = await temporaryDatabase()
  const casework = await testCasework({ log: temporary.log, database })
  const record = warningRecord(aWarning({ warning_id: 'w-1' }))
  const own = Buffer.from(record.value ?? [])
  learnSchemaId(77, fingerprintIn(own))
  const value = Buffer.concat([Buffer.from([0, 0, 0, 0, 77]), own.subarray(10)])
  const publisher = await temporary.log.publisher('test-warnings')
  await publisher.publish([{ ...record, value }], 1)
  await casework.idle()
  const store = await database.open<Tables>(caseworkStore)
  const [kept] = await store.db.selectFrom('warnings').select('value').execute()
  expect(Buffer.from(kept?.value ?? [])).toEqual(own)
  expect(codecs.warning.decode(own)).toMatchObject({ warning_id: 'w-1' })
  await casework.stop()
  await database.close()
})
