/** The corrections of kafkajs: what they mend, that they are needed, and that they cannot come too late. */
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { nextSequence } from '../transaction.ts'
import { requestFrame } from '../wire/frame.ts'
import { withoutAborted } from './corrections.ts'
import { internals } from './door.ts'

const load = createRequire(import.meta.url)

/** A module of kafkajs as it was published, whatever stands in its place. */
function published(path: string): unknown {
  const at = load.resolve(path)
  const inPlace = load.cache[at]
  Reflect.deleteProperty(load.cache, at)
  const found: unknown = load(path)
  load.cache[at] = inPlace
  return found
}

interface Message {
  readonly offset: string
  readonly key: Buffer | null
  readonly isControlRecord: boolean
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean }
}

const message = (offset: number, producerId: string, more: Partial<Message> = {}): Message => ({
  offset: String(offset),
  key: null,
  isControlRecord: false,
  batchContext: { producerId, inTransaction: true },
  ...more,
})
const abort = (offset: number, producerId: string): Message =>
  message(offset, producerId, { key: Buffer.from([0, 0, 0, 0]), isControlRecord: true })
const commit = (offset: number, producerId: string): Message =>
  message(offset, producerId, { key: Buffer.from([0, 0, 0, 1]), isControlRecord: true })

/** Offsets that a reader of committed records must see, and what the broker told. */
const scenarios = [
  {
    title: 'transactions listed in the order of their ends',
    messages: [
      message(0, 'a'),
      message(1, 'b'),
      message(2, 'ok'),
      abort(3, 'b'),
      abort(4, 'a'),
      commit(5, 'ok'),
    ],
    aborted: [
      { producerId: 'b', firstOffset: '1' },
      { producerId: 'a', firstOffset: '0' },
    ],
    seen: ['2'],
  },
  {
    title: 'two transactions that began before the first record read',
    messages: [message(9, 'b'), message(10, 'a'), abort(11, 'a'), abort(12, 'b')],
    aborted: [
      { producerId: 'a', firstOffset: '1' },
      { producerId: 'b', firstOffset: '2' },
    ],
    seen: [],
  },
  {
    title: 'a record whose key is four zero bytes',
    messages: [message(0, 'a', { key: Buffer.alloc(4) }), message(1, 'a'), abort(2, 'a')],
    aborted: [{ producerId: 'a', firstOffset: '0' }],
    seen: [],
  },
]

type Filter = (fetched: {
  readonly messages: readonly Message[]
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[]
}) => readonly Message[]

describe('the filter of aborted records (kafka-node pitfall 1)', () => {
  const seenBy = (filter: Filter, { messages, aborted }: (typeof scenarios)[number]): string[] =>
    filter({ messages, abortedTransactions: aborted })
      .filter(({ isControlRecord }) => !isControlRecord)
      .map(({ offset }) => offset)

  test.each(scenarios)('is right with $title, where the published one leaks', (scenario) => {
    expect(seenBy(withoutAborted, scenario)).toEqual(scenario.seen)
    expect(seenBy(published('kafkajs/src/consumer/filterAbortedMessages') as Filter, scenario)).not.toEqual(
      scenario.seen,
    )
  })

  test('stands in the place of the published one for everything that kafkajs loads', () => {
    expect(load('kafkajs/src/consumer/filterAbortedMessages')).toBe(withoutAborted)
  })

  test('is refused when kafkajs was loaded before it', async () => {
    const door = new URL('door.ts', import.meta.url).href
    const script = `import { createRequire } from 'node:module'
      createRequire(${JSON.stringify(import.meta.url)})('kafkajs')
      await import(${JSON.stringify(door)})`
    const child = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    })
    await expect(child).rejects.toThrow('kafkajs was loaded before its corrections')
  })
})

describe('an idle connection (pitfalls 6 and 7)', () => {
  interface Queue {
    scheduleCheckPendingRequests(): void
    readonly throttleCheckTimeoutId: unknown
    pending: unknown[]
    destroy(): void
  }
  type QueueClass = new (options: object) => Queue
  const made = (Type: QueueClass): Queue =>
    new Type({ requestTimeout: 1_000, enforceRequestTimeout: false, clientId: 'x', broker: 'x', logger: {} })

  test('arms no timer, where the published one arms a thousand a second', () => {
    const idle = made(load('kafkajs/src/network/requestQueue') as QueueClass)
    idle.scheduleCheckPendingRequests()
    expect(idle.throttleCheckTimeoutId).toBeNull()
    const asPublished = made(published('kafkajs/src/network/requestQueue') as QueueClass)
    asPublished.scheduleCheckPendingRequests()
    expect(asPublished.throttleCheckTimeoutId).not.toBeNull()
    asPublished.destroy()
  })

  test('with a request waiting looks after it again', () => {
    const waiting = made(load('kafkajs/src/network/requestQueue') as QueueClass)
    waiting.pending = [{}]
    waiting.scheduleCheckPendingRequests()
    expect(waiting.throttleCheckTimeoutId).not.toBeNull()
    waiting.destroy()
  })
})

describe('first requests at once', () => {
  interface Pool {
    pool: { isConnected(): boolean; connect(): Promise<void> }[]
    getConnection(index?: number): Promise<unknown>
  }
  type PoolClass = new (options: object) => Pool
  const options = {
    logger: { namespace: () => ({ debug: () => undefined }) },
    host: 'x',
    port: 1,
    clientId: 'x',
  }
  /** How often a connection is opened for two who ask at the same time, and for one who asks later. */
  const opened = async (Type: PoolClass): Promise<number> => {
    const pool = new Type(options)
    let count = 0
    let isConnected = false
    const connection = {
      isConnected: () => isConnected,
      async connect() {
        count += 1
        await Promise.resolve()
        isConnected = true
      },
    }
    pool.pool = [connection]
    expect(await Promise.all([pool.getConnection(), pool.getConnection()])).toEqual([connection, connection])
    await pool.getConnection()
    return count
  }

  test('open one connection, where the published code opens and forgets one for each', async () => {
    expect(await opened(load('kafkajs/src/network/connectionPool') as PoolClass)).toBe(1)
    expect(await opened(published('kafkajs/src/network/connectionPool') as PoolClass)).toBe(2)
  })
})

describe('a request that brings its whole frame', () => {
  type Maker = (parts: object) => Promise<{ readonly buffer: Buffer }>
  const frame = (correlationId: number, clientId: string): Buffer =>
    Buffer.from(`${clientId}/${correlationId}`)
  const parts = { correlationId: 7, clientId: 'weir', request: { apiKey: 0, apiVersion: 7, frame } }

  test('goes out as it is, where the published code asks for an encoder to copy from', async () => {
    const { buffer } = await (load('kafkajs/src/protocol/request') as Maker)(parts)
    expect(buffer.toString()).toBe('weir/7')
    await expect((published('kafkajs/src/protocol/request') as Maker)(parts)).rejects.toThrow(TypeError)
  })

  test('is what the published code would have made of its body', () => {
    const body = Buffer.from('a body')
    const framed = requestFrame({ apiKey: 3, apiVersion: 5 }, 258, 'weir', (writer) => {
      for (const byte of body) writer.byte(byte)
    })
    const header = Buffer.from([0, 3, 0, 5, 0, 0, 1, 2, 0, 4])
    const length = Buffer.from([0, 0, 0, header.length + 4 + body.length])
    expect(framed).toEqual(Buffer.concat([length, header, Buffer.from('weir'), body]))
  })
})

describe('sequence numbers (pitfall 17)', () => {
  test('begin again at 0 behind 2^31 − 1, as the broker expects', () => {
    expect(nextSequence(2_147_483_600, 47)).toBe(2_147_483_647)
    expect(nextSequence(2_147_483_600, 48)).toBe(0)
    expect(nextSequence(2_147_483_600, 100)).toBe(52)
  })
})

test('kafkajs is the version the corrections were written for', () => {
  expect((load('kafkajs/package.json') as { readonly version: string }).version).toBe('2.2.4')
  expect(internals.ProtocolErrors.createErrorFromCode(51)).toMatchObject({ type: 'CONCURRENT_TRANSACTIONS' })
})
