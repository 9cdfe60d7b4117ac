import { Counter } from 'prom-client'
import type { Metric, Registry } from 'prom-client'
import { topicName, topics } from '../../../schemas/topics.ts'
import { deadLetterCounter } from '../../platform/telemetry/dead-letters.ts'

/** What ingest counts. */
export interface IngestMetrics {
  /** `format`: csv, json, iso20022, fields, records; `outcome`: published or refused. */
  records(format: string, outcome: 'published' | 'refused', count: number): void
  deadLetter(reason: string, count: number): void
}

/** A metric of one name may be wanted by several services of one process. */
function once<M extends Metric>(registry: Registry, name: string, make: () => M): M {
  return (registry.getSingleMetric(name) as M | undefined) ?? make()
}

/** Registers `weir_ingest_records_total{format,outcome}` and `weir_dead_letters_total{topic,reason}`. */
export function ingestMetrics(registry: Registry, prefix: string): IngestMetrics {
  const registers = [registry]
  const records = once(registry, 'weir_ingest_records_total', () => {
    const labelNames = ['format', 'outcome'] as const
    return new Counter({ name: 'weir_ingest_records_total', help: 'Records taken in', labelNames, registers })
  })
  const deadLetters = deadLetterCounter(registry)
  const topic = topicName(topics.transactions, prefix)
  return {
    records: (format, outcome, count) => {
      if (count > 0) records.inc({ format, outcome }, count)
    },
    deadLetter: (reason, count) => deadLetters.inc({ topic, reason }, count),
  }
}
