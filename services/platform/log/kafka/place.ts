/** Gives records their place at the broker: topic name, partition, framing. */
import type { TopicSpec } from '../../../../schemas/topics.ts'
import type { Framing } from '../../registry/framing.ts'
import { storedTopicName } from '../names.ts'
import { partitionOf } from '../partitioner.ts'
import type { NewRecord } from '../port.ts'
import { LogError } from '../port.ts'
import { recordBytes, recordBytesMax } from './limits.ts'
import type { PlacedRecord } from './transaction.ts'
import type { WireClient } from './wire/client.ts'

interface Place {
  readonly name: string
  readonly partitions: number
}

/** Looks a topic up once. */
export class Placer {
  private readonly wire: WireClient
  private readonly prefix: string
  private readonly cut: (topic: TopicSpec) => TopicSpec
  private readonly framing: Framing | undefined
  private readonly places = new Map<TopicSpec, Place>()

  /** @param cut the topic with its number of partitions as configured */
  constructor(
    wire: WireClient,
    prefix: string,
    cut: (topic: TopicSpec) => TopicSpec,
    framing: Framing | undefined,
  ) {
    this.wire = wire
    this.prefix = prefix
    this.cut = cut
    this.framing = framing
  }

  /** @throws LogError `record_too_large`, `unknown_topic`, `partitions_differ`; before anything is written */
  async place(records: readonly NewRecord[]): Promise<PlacedRecord[]> {
    for (const { topic } of records) if (!this.places.has(topic)) await this.learn(topic)
    return records.map((record) => this.placed(record))
  }

  private async learn(topic: TopicSpec): Promise<void> {
    const name = storedTopicName(topic, this.prefix)
    const { length: partitions } = await this.wire.partitionsOf(name)
    const believed = this.cut(topic).partitions
    if (partitions !== believed)
      throw new LogError(
        'partitions_differ',
        `topic ${name} has ${partitions} partitions, the caller believes ${believed}`,
      )
    this.places.set(topic, { name, partitions })
  }

  private placed(record: NewRecord): PlacedRecord {
    const place = this.places.get(record.topic)
    if (place === undefined) throw new Error(`topic ${record.topic.name} was not looked up`)
    const bytes = recordBytes(record)
    if (bytes > recordBytesMax)
      throw new LogError(
        'record_too_large',
        `a record for ${place.name} has ${bytes} bytes, at most ${recordBytesMax} are allowed: split it`,
      )
    const partition = record.partition ?? partitionOf(record.key, place.partitions)
    if (!(partition >= 0 && partition < place.partitions))
      throw new LogError(
        'unknown_topic',
        `topic ${place.name} has ${place.partitions} partitions, there is no partition ${partition}`,
      )
    const { key, value, headers, timestamp } = record
    const framed =
      value === null || this.framing === undefined ? value : this.framing.outgoing(place.name, value)
    return { topic: place.name, partition, key, value: framed, headers, timestamp }
  }
}
