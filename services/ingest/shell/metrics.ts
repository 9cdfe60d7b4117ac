import { Counter } from 'prom-client'
import type { Registry } from 'prom-client'
import { topicName } from '../../../schemas/topics.ts'
import type { TopicSpec } from '../../../schemas/topics.ts'
import { deadLetterCounter } from '../../platform/telemetry/dead-letters.ts'

/** What ingest counts. */
export interface IngestMetrics {
  /** `format`: csv, json, iso20022, fields, records. */
  records(format: string, outcome: 'published' | 'refused', count: number): void
  /** @param topic where the record was meant to go */
  deadLetter(reason: string, count: number, topic: TopicSpec): void
}

const name = 'weir_ingest_records_total'
type RecordsCounter = Counter<'format' | 'outcome'>

function recordsCounter(registry: Registry): RecordsCounter {
  const known = registry.getSingleMetric(name)
  if (known !== undefined) return known as RecordsCounter
  const labelNames = ['format', 'outcome'] as const
  return new Counter({ name, help: 'Records taken in', labelNames, registers: [registry] })
}

/** Registers `weir_ingest_records_total{format,outcome}` and the shared `weir_dead_letters_total{topic,reason}`. */
export function ingestMetrics(registry: Registry, prefix: string): IngestMetrics {
  const records = recordsCounter(registry)
  const deadLetters = deadLetterCounter(registry)
  return {
    records: (format, outcome, count) => {
      if (count > 0) records.inc({ format, outcome }, count)
    },
    deadLetter: (reason, count, topic) => deadLetters.inc({ topic: topicName(topic, prefix), reason }, count),
  }
}
