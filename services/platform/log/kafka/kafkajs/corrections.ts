/** Corrections of kafkajs 2.2.4, one function each; put in place by the door before kafkajs is loaded. */

type Load = NodeJS.Require

interface FetchedMessage {
  readonly offset: string
  readonly key: Buffer | null
  readonly isControlRecord: boolean
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean }
}

interface AbortedTransaction {
  readonly producerId: string
  readonly firstOffset: string
}

interface Fetched {
  readonly messages: readonly FetchedMessage[]
  readonly abortedTransactions?: readonly AbortedTransaction[]
}

/** Abort markers carry type 0 in the third and fourth byte of their key. */
const abortType = 0

/**
 * What kafkajs' filter should be. Its own takes the broker's list of aborted transactions for sorted by first offset (it is
 * in the order of their ends), opens at most one of them per message, and takes every record with a key of four zero bytes
 * for a marker: aborted records reach readers that asked for committed ones.
 */
export function withoutAborted({ messages, abortedTransactions = [] }: Fetched): readonly FetchedMessage[] {
  if (abortedTransactions.length === 0) return messages
  const waiting = abortedTransactions
    .map(({ producerId, firstOffset }) => ({ producerId, first: BigInt(firstOffset) }))
    .toSorted((a, b) => (a.first < b.first ? -1 : 1))
  const aborting = new Set<string>()
  let next = 0
  return messages.filter((message) => {
    const offset = BigInt(message.offset)
    for (let one = waiting[next]; one !== undefined && one.first <= offset; one = waiting[next]) {
      aborting.add(one.producerId)
      next += 1
    }
    const { producerId, inTransaction } = message.batchContext
    if (!message.isControlRecord) return !(inTransaction && aborting.has(producerId))
    if (message.key !== null && message.key.length >= 4 && message.key.readInt16BE(2) === abortType)
      aborting.delete(producerId)
    return true
  })
}

/** Puts the right filter in the place of kafkajs' own (kafka-node pitfall 1). To drop it: when a release of kafkajs sorts by first offset. */
export function correctAbortFilter(load: Load): void {
  const path = load.resolve('kafkajs/src/consumer/filterAbortedMessages')
  if (load.cache[path]?.loaded === true && load.cache[path].exports !== withoutAborted) {
    throw new Error('kafkajs was loaded before its corrections: import it through kafkajs/door.ts only')
  }
  // What `require` looks at of a module that is loaded.
  const corrected = { id: path, filename: path, loaded: true, exports: withoutAborted }
  load.cache[path] = corrected as unknown as NodeJS.Module
}

interface RequestQueue {
  throttleCheckTimeoutId: NodeJS.Timeout | null
  readonly pending: readonly unknown[]
  readonly throttledUntil: number
  checkPendingRequests(): void
}

const checkEveryMs = 10

/** Waits only while requests wait: kafkajs arms a timer of a negative time again and again, a thousand times a second per connection. */
function scheduleOnlyWhenWaiting(this: RequestQueue): void {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return
  const throttledMs = this.throttledUntil - Date.now()
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null
      this.checkPendingRequests()
    },
    throttledMs > 0 ? throttledMs : checkEveryMs,
  )
}

/** Stops the idle timer (kafka-node pitfalls 6 and 7). To drop it: when an idle connection of kafkajs arms no timer. */
export function correctRequestQueue(load: Load): void {
  const queue = load('kafkajs/src/network/requestQueue') as { readonly prototype: object }
  Object.defineProperty(queue.prototype, 'scheduleCheckPendingRequests', {
    value: scheduleOnlyWhenWaiting,
    writable: true,
    configurable: true,
  })
}

/** What a connection of kafkajs makes of a request before it writes it to the socket. */
type RequestMaker = (parts: {
  readonly correlationId: number
  readonly clientId: string
  readonly request: { readonly frame?: (correlationId: number, clientId: string) => Buffer }
}) => Promise<{ readonly buffer: Buffer; size(): number }>

/**
 * Lets a request bring the whole frame that goes to the socket. kafkajs puts what it is given into three encoders, one inside the
 * other, each of which clears and fills a buffer of its own of up to twice the size. To drop it: when kafkajs writes a request
 * without copying it.
 */
export function correctRequestFrames(load: Load): void {
  const path = load.resolve('kafkajs/src/protocol/request')
  const connection = load.cache[load.resolve('kafkajs/src/network/connection')]
  if (connection?.loaded === true)
    throw new Error('kafkajs was loaded before its corrections: import it through kafkajs/door.ts only')
  const published = load(path) as RequestMaker
  const corrected: RequestMaker = async (parts) => {
    const buffer = parts.request.frame?.(parts.correlationId, parts.clientId)
    return buffer === undefined ? published(parts) : { buffer, size: () => buffer.length }
  }
  const inPlace = load.cache[path]
  if (inPlace !== undefined) inPlace.exports = corrected
}

interface Connection {
  isConnected(): boolean
  connect(): Promise<unknown>
}

interface ConnectionPool {
  readonly pool: readonly Connection[]
}

const connecting = new WeakMap<Connection, Promise<unknown>>()

/** The connection of that number, connected; whoever asks meanwhile waits for the same attempt. */
async function connectedOnce(this: ConnectionPool, index = 0): Promise<Connection> {
  const connection = this.pool[index]
  if (connection === undefined) throw new RangeError(`the pool has no connection ${index}`)
  if (connection.isConnected()) return connection
  const attempt =
    connecting.get(connection) ?? connection.connect().finally(() => connecting.delete(connection))
  connecting.set(connection, attempt)
  await attempt
  return connection
}

/**
 * Lets requests that come before a connection is there wait for one and the same. kafkajs opens a socket for each of them and
 * forgets all but the last: the others stay open, and the process does not end. To drop it: when two first requests at once
 * open one socket.
 */
export function correctConnectionPool(load: Load): void {
  const pool = load('kafkajs/src/network/connectionPool') as { readonly prototype: object }
  Object.defineProperty(pool.prototype, 'getConnection', {
    value: connectedOnce,
    writable: true,
    configurable: true,
  })
}
