/** Confluent framing at the border to Kafka: messages leave with a registry's schema id, and ids that come in are looked up before a codec meets them. */
import { avroType } from '../../../schemas/avro.ts'
import { fingerprint } from '../../../schemas/fingerprint.ts'
import {
  asBuffer,
  confluentHeaderLength,
  fingerprintIn,
  headerLength,
  isConfluent,
  isSingleObject,
  learnSchemaId,
  schemaIdIn,
  schemaOfId,
} from '../../../schemas/header.ts'
import type { Fingerprint } from '../../../schemas/header.ts'
import type { TopicSpec } from '../../../schemas/topics.ts'
import { topics as allTopics } from '../../../schemas/topics.ts'
import type { CallOptions, SchemaRegistry } from './client.ts'
import { RegistryError } from './error.ts'
import { registerAll } from './register.ts'
import { subjectsOf } from './subjects.ts'

/** What framing is made of, and how long opening it waits for the registry. */
export interface FramingOptions extends CallOptions {
  readonly registry: SchemaRegistry
  /** Of the topic names. */
  readonly prefix: string
  /** Topics whose records are framed; default every topic of Weir. */
  readonly topics?: readonly TopicSpec[]
  /** Registers what is missing, as `weir topics apply` does; default false: then a missing schema is an error. */
  readonly register?: boolean
}

/** Translates values at the border to Kafka. Values that are no messages (tombstones, foreign bytes, dead letters) pass untouched. */
export interface Framing {
  /**
   * The id that replaces a value's single-object header on this topic; undefined when the value is to be written as it is.
   * For writers that copy values anyway: 00, the id big-endian, then the value from byte 10 on.
   */
  idFor(topic: string, value: Uint8Array | null): number | undefined
  /** The value as it is to be written to this topic (full name): a copy when it gets another header, else the value itself. */
  outgoing(topic: string, value: Uint8Array): Uint8Array
  /**
   * Sees to it that every schema id among values that codecs will decode is known, or known to be unknown: decoding such a value says `unknown_schema`.
   * @returns undefined when there is nothing to ask; else a promise that resolves when the registry answered, however long it is away
   * @throws RegistryError `unavailable` once `signal` aborts: the values must not be handed over then; `refused`
   */
  incoming(values: Iterable<Uint8Array | null>, signal?: AbortSignal): Promise<void> | undefined
  /** Gives up what is being asked; whoever waits for it is told `unavailable`. */
  close(): void
}

interface Entry extends Fingerprint {
  readonly id: number
}

/** A question to the registry, shared by all who wait for its id; given up when nobody does any more. */
interface LookUp {
  readonly answered: Promise<void>
  readonly givingUp: AbortController
  waiting: number
}

/** Ids asked for at once. */
const lookupsMax = 16
/** An id the registry did not know is asked for again after this long: its schema may come late. */
const unknownMs = 60_000
const unknownMax = 10_000

function frame(value: Uint8Array, id: number): Buffer {
  const framed = Buffer.allocUnsafe(value.length - headerLength + confluentHeaderLength)
  framed[0] = 0
  framed.writeUInt32BE(id, 1)
  framed.set(value.subarray(headerLength), confluentHeaderLength)
  return framed
}

/** The fingerprint of a schema's text; undefined when it cannot be read, e.g. because it stands on other schemas. */
function fingerprintOf(text: string): Fingerprint | undefined {
  try {
    return fingerprintIn(fingerprint(avroType(JSON.parse(text) as Parameters<typeof avroType>[0])), 0)
  } catch {
    return undefined
  }
}

/** Rejects once the signal aborts. */
function aborting(signal: AbortSignal): { readonly promise: Promise<never>; forget(): void } {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = (): void => {
    const message = 'waiting for the schema registry was ended: the records are read again later'
    reject(new RegistryError('unavailable', message, { cause: signal.reason }))
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return { promise, forget: () => signal.removeEventListener('abort', stop) }
}

/** Modes: every id known (nothing is asked), or look-ups under way. */
class RegistryFraming implements Framing {
  private readonly registry: SchemaRegistry
  private readonly entries: ReadonlyMap<string, readonly Entry[]>
  private readonly lookUps = new Map<number, LookUp>()
  /** Until when (monotonic milliseconds) an id counts as unknown. */
  private readonly unknown = new Map<number, number>()

  constructor(registry: SchemaRegistry, entries: ReadonlyMap<string, readonly Entry[]>) {
    this.registry = registry
    this.entries = entries
  }

  idFor(topic: string, value: Uint8Array | null): number | undefined {
    if (value === null || !isSingleObject(value)) return undefined
    const entries = this.entries.get(topic)
    if (entries === undefined) return undefined
    const buffer = asBuffer(value)
    const low = buffer.readInt32LE(2)
    const high = buffer.readInt32LE(6)
    for (const entry of entries) if (entry.low === low && entry.high === high) return entry.id
    return undefined
  }

  outgoing(topic: string, value: Uint8Array): Uint8Array {
    const id = this.idFor(topic, value)
    return id === undefined ? value : frame(value, id)
  }

  incoming(values: Iterable<Uint8Array | null>, signal?: AbortSignal): Promise<void> | undefined {
    let seen = -1
    let wanted: Set<number> | undefined
    for (const value of values) {
      if (value === null || !isConfluent(value)) continue
      const id = schemaIdIn(value)
      if (id === seen) continue
      seen = id
      if (schemaOfId(id) === undefined && !this.isUnknown(id)) (wanted ??= new Set()).add(id)
    }
    return wanted && this.resolve([...wanted], signal)
  }

  close(): void {
    for (const { givingUp } of this.lookUps.values()) givingUp.abort()
  }

  private isUnknown(id: number): boolean {
    return (this.unknown.get(id) ?? 0) > performance.now()
  }

  private async resolve(ids: readonly number[], signal = new AbortController().signal): Promise<void> {
    const aborted = aborting(signal)
    try {
      for (let at = 0; at < ids.length; at += lookupsMax) {
        const some = ids.slice(at, at + lookupsMax).map(async (id) => this.wait(id, aborted.promise))
        await Promise.all(some)
      }
    } finally {
      aborted.forget()
    }
  }

  private async wait(id: number, aborted: Promise<never>): Promise<void> {
    const lookUp = this.lookUps.get(id) ?? this.begin(id)
    lookUp.waiting += 1
    try {
      await Promise.race([lookUp.answered, aborted])
    } finally {
      lookUp.waiting -= 1
      if (lookUp.waiting === 0) {
        lookUp.givingUp.abort()
        this.lookUps.delete(id)
      }
    }
  }

  private begin(id: number): LookUp {
    const givingUp = new AbortController()
    const answered = this.ask(id, givingUp.signal)
    // Whoever still waits hears of it.
    answered.catch(() => undefined)
    const lookUp = { answered, givingUp, waiting: 0 }
    this.lookUps.set(id, lookUp)
    return lookUp
  }

  private async ask(id: number, signal: AbortSignal): Promise<void> {
    const text = await this.registry.schemaOf(id, { signal, endless: true })
    const print = text === undefined ? undefined : fingerprintOf(text)
    if (print !== undefined) return learn(this.registry, id, print)
    if (this.unknown.size >= unknownMax) this.unknown.clear()
    this.unknown.set(id, performance.now() + unknownMs)
  }
}

function learn({ url }: SchemaRegistry, id: number, print: Fingerprint): void {
  if (learnSchemaId(id, print)) return
  throw new RegistryError(
    'refused',
    `the schema registry ${url} says that schema id ${id} is another schema than this process knows by that id: it was emptied, or it is another registry. Restore it; records already written carry the old ids`,
  )
}

/**
 * Asks the registry for the ids of all retained schemas on these topics, and makes them known to the codecs of this process.
 * @throws RegistryError `unregistered` when `weir topics apply` was not run; `unavailable`, `refused`, `incompatible`
 */
export async function openFraming(options: FramingOptions): Promise<Framing> {
  const { registry, prefix, topics = Object.values(allTopics), register = false, ...call } = options
  if (register) await registerAll(registry, topics, prefix, call)
  const entries = new Map<string, Entry[]>()
  for (const { topic, subject, versions } of subjectsOf(topics, prefix)) {
    const ofTopic = entries.get(topic) ?? []
    entries.set(topic, ofTopic)
    for (const { version, text, header } of versions) {
      const id = await registry.idOf(subject, text, call)
      if (id === undefined) {
        const message = `version ${version} of ${subject} is not registered at ${registry.url}: run weir topics apply`
        throw new RegistryError('unregistered', message)
      }
      const print = fingerprintIn(header)
      learn(registry, id, print)
      ofTopic.push({ ...print, id })
    }
  }
  return new RegistryFraming(registry, entries)
}
