/** What a reader makes of what is replayed: a mended one takes it, one that is not sets it aside again. */
import avro from 'avsc'
import { describe, expect, test } from 'vitest'
import { codecs, UndecodableError, versionsOf } from '../../schemas/codec.ts'
import { fingerprint } from '../../schemas/fingerprint.ts'
import { topics } from '../../schemas/topics.ts'
import { deadLetterRecord, undecodableFacts } from '../../services/platform/dead-letters/letter.ts'
import { replayOf, surveyLetters } from '../../services/platform/dead-letters/read.ts'
import type { Batch, BatchResult, Log, TaskOptions } from '../../services/platform/log/port.ts'
import { caughtUp, start } from '../log/contract/harness.ts'
import { payment } from '../support/transaction.ts'
import { audit, letterTopic, replay } from './harness.ts'
import type { LogForLetters } from './harness.ts'

/** What an outcome record says the reader took, one per transaction. */
const taken = topics.outcomes

type Decode = (bytes: Uint8Array) => { readonly txn_id: string }

/** A reader of transactions as warn is one: takes what it can decode, sets the rest aside, all in one commit. */
function reader(prefix: string, decode: Decode): TaskOptions {
  const process = ({ records, partition, nextOffset }: Batch): BatchResult => ({
    outputs: records.map((record) => {
      try {
        const { txn_id: key } = decode(record.value ?? new Uint8Array())
        return { topic: taken, key, value: null, headers: {}, timestamp: record.timestamp }
      } catch (error) {
        if (!(error instanceof UndecodableError)) throw error
        return deadLetterRecord(letterTopic, partition, record, undecodableFacts(error), prefix)
      }
    }),
    state: { writes: [], replayFrom: nextOffset },
  })
  return { group: `${prefix}-reader`, topic: topics.transactions, open: () => ({ process }) }
}

/** Lets the reader take everything there is, then stops it. */
async function read(log: Log, prefix: string, decode: Decode): Promise<void> {
  const options = reader(prefix, decode)
  const started = start(log.task(options))
  await caughtUp(log, options.group, topics.transactions, started)
  started.stop()
}

async function takenIds(log: Log): Promise<string[]> {
  const ids: string[] = []
  for (let partition = 0; partition < taken.partitions; partition += 1) {
    for await (const { key } of log.read(taken, partition, 0)) ids.push(key)
  }
  return ids.toSorted()
}

/** The transaction schema as a newer Weir might have it. */
function newerSchema(): avro.Type {
  const [newest] = versionsOf('transaction').toReversed()
  const schema = JSON.parse(JSON.stringify(newest?.type.schema({ exportAttrs: true }))) as {
    fields: { name: string; type: string; default?: string }[]
  }
  schema.fields.push({ name: 'purpose', type: 'string', default: '' })
  return avro.Type.forSchema(schema as unknown as avro.Schema)
}

const newer = newerSchema()
const newerHeader = Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint(newer)])
const today: Decode = (bytes) => codecs.transaction.decode(bytes)
const updated: Decode = (bytes) => {
  const value = Buffer.from(bytes)
  const isNewer = value.subarray(0, newerHeader.length).equals(newerHeader)
  return isNewer ? (newer.fromBuffer(value.subarray(newerHeader.length)) as { txn_id: string }) : today(bytes)
}

/** Publishes payments, every other one by the newer schema, and one that no version can read. Returns the ids of the payments. */
async function publishMixed(log: Log, prefix: string): Promise<string[]> {
  const payments = Array.from({ length: 10 }, (_, n) =>
    payment({ at: 1_772_415_000_000 + n, amount: '10', from: `p_${n}`, to: 'p_x' }),
  )
  const records = payments.map((transaction, n) => ({
    topic: topics.transactions,
    key: transaction.payer_id,
    value:
      n % 2 === 0
        ? codecs.transaction.encode(transaction)
        : Buffer.concat([newerHeader, newer.toBuffer({ ...transaction, purpose: 'rent' })]),
    headers: { ce_id: transaction.txn_id },
    timestamp: transaction.booked_at,
  }))
  const broken = {
    topic: topics.transactions,
    key: 'p_broken',
    value: Buffer.from('no avro'),
    headers: {},
    timestamp: 1_772_415_000_000,
  }
  await log.ensureTopics([topics.transactions, taken, letterTopic])
  const publisher = await log.publisher(`${prefix}-payments`)
  await publisher.publish([...records, broken], 1)
  await publisher.close()
  return payments.map(({ txn_id }) => txn_id)
}

/** The tests. */
export function comingBackContract(current: () => LogForLetters): void {
  describe('a replayed record', () => {
    test('that the reader can read by now is taken, once', async () => {
      const { prefix, open } = current()
      const log = await open()
      const ids = await publishMixed(log, prefix)
      await read(log, prefix, today)
      expect(await takenIds(log)).toEqual(ids.filter((_, n) => n % 2 === 0).toSorted())
      const only = { filter: { reason: 'unknown_schema' } }
      expect(await replay(log, prefix, only)).toMatchObject({ replayed: 5 })
      expect(await replay(log, prefix, only)).toMatchObject({ replayed: 0, replayedBefore: 5 })
      await read(log, prefix, updated)
      expect(await takenIds(log)).toEqual(ids.toSorted())
      const { groups } = await surveyLetters(log, [letterTopic], {}, prefix, 0)
      expect(groups).toMatchObject([
        { reason: 'unknown_schema', letters: 5, replayed: 5, open: 0 },
        { reason: 'not_single_object', letters: 1, replayed: 0, open: 1 },
      ])
    })

    test('that fails again is a dead letter again, which knows the first one; after three replays it is left alone', async () => {
      const { prefix, open } = current()
      const log = await open()
      await publishMixed(log, prefix)
      await read(log, prefix, updated)
      for (const round of [1, 2, 3]) {
        expect(await replay(log, prefix)).toMatchObject({ replayed: 1, replayedBefore: round - 1 })
        await read(log, prefix, updated)
      }
      expect(await replay(log, prefix)).toMatchObject({ replayed: 0, replayedBefore: 3, givenUp: 1 })
      expect((await audit(log)).map(({ replays }) => replays)).toEqual([1, 2, 3])
      const { letters, groups } = await surveyLetters(log, [letterTopic], {}, prefix, 9)
      expect(groups).toMatchObject([{ letters: 4, replayed: 3, open: 1, cameBack: 3 }])
      const places = letters.map(({ letter }) => letter.place)
      expect(letters.map(({ letter, state }) => [letter.replays, letter.replayOf, state])).toEqual([
        [0, undefined, 'replayed'],
        [1, places[0], 'replayed'],
        [2, places[1], 'replayed'],
        [3, places[2], 'open'],
      ])
      for (const [index, { letter }] of letters.entries()) {
        expect((await replayOf(log, letter, prefix))?.cameBackAs).toBe(places[index + 1])
        expect(Buffer.from(letter.record.value ?? []).toString()).toBe('no avro')
      }
      expect(await replay(log, prefix, { triesMax: 4 })).toMatchObject({ replayed: 1 })
    })
  })
}
