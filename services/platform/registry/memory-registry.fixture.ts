/** A registry in memory for unit tests; `test/kafka/registry.int.spec.ts` shows that a real one behaves alike. */
import avro from 'avsc'
import { codecs } from '../../../schemas/codec.ts'
import type { MessageName } from '../../../schemas/messages.ts'
import type { Compatibility, SchemaRegistry } from './client.ts'
import { RegistryError } from './error.ts'

/** Counts what it is asked; while stopped it answers nobody. */
export class MemoryRegistry implements SchemaRegistry {
  readonly url = 'memory'
  readonly levels = new Map<string, string>()
  private readonly texts = new Map<number, string>()
  private readonly subjects = new Map<string, number[]>()
  private readonly first: number
  private running = Promise.withResolvers<undefined>()
  /** Requests for schemas by id. */
  asked = 0
  /** Those of them that are not answered yet. */
  waiting = 0

  /** @param first the id it begins with */
  constructor(first: number) {
    this.first = first
    this.start()
  }

  /** Number of schemas. */
  get size(): number {
    return this.texts.size
  }

  stop(): void {
    this.running = Promise.withResolvers()
  }

  start(): void {
    this.running.resolve(undefined)
  }

  /** Registers without looking whether it fits. @returns the id */
  add(subject: string, text: string, newId = this.first + this.texts.size): number {
    const known = this.idOfText(text)
    const id = Number.isNaN(known) ? newId : known
    this.texts.set(id, text)
    this.subjects.set(subject, [...(this.subjects.get(subject) ?? []), id])
    return id
  }

  /** The id of a text, NaN when it has none. */
  idOfText(text: string): number {
    return [...this.texts].find(([, known]) => known === text)?.[0] ?? Number.NaN
  }

  /** Whether a message's newest schema stands under a subject. */
  has(subject: string, message: MessageName): boolean {
    return (this.subjects.get(subject) ?? []).some((id) => this.texts.get(id) === codecs[message].schema)
  }

  async register(subject: string, schema: string): Promise<number> {
    const { compatible, reasons } = await this.compatibility(subject, schema)
    if (compatible) return this.add(subject, schema)
    throw new RegistryError('incompatible', reasons.join('; '))
  }

  async idOf(subject: string, schema: string): Promise<number | undefined> {
    await this.running.promise
    return this.subjects.get(subject)?.find((id) => this.texts.get(id) === schema)
  }

  async schemaOf(
    id: number,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<string | undefined> {
    this.asked += 1
    this.waiting += 1
    const stopped = Promise.withResolvers<never>()
    const stop = (): void => stopped.reject(new RegistryError('unavailable', 'stopped'))
    signal?.addEventListener('abort', stop)
    try {
      await Promise.race([this.running.promise, stopped.promise])
    } finally {
      this.waiting -= 1
    }
    return this.texts.get(id)
  }

  async demandBackward(subject: string): Promise<void> {
    await this.running.promise
    this.levels.set(subject, 'BACKWARD')
  }

  async compatibility(subject: string, schema: string): Promise<Compatibility> {
    await this.running.promise
    const latest = this.texts.get(this.subjects.get(subject)?.at(-1) ?? Number.NaN)
    try {
      const [reader, writer] = [schema, latest ?? schema].map((text) =>
        avro.Type.forSchema(JSON.parse(text) as avro.Schema),
      )
      if (reader !== undefined && writer !== undefined) reader.createResolver(writer)
      return { compatible: true, reasons: [] }
    } catch (error) {
      return { compatible: false, reasons: [error instanceof Error ? error.message : String(error)] }
    }
  }
}
