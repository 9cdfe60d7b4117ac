/** Spans of warn, through the global tracer; the trace travels on in record headers. */
import { SpanKind, SpanStatusCode, context, propagation, trace } from '@opentelemetry/api'
import type { Batch } from '../../platform/log/port.ts'
import { attribute } from '../../platform/telemetry/attributes.ts'

const tracer = trace.getTracer('weir.warn')

/** The trace of the first record of a batch that has one, or empty. */
export function traceOf(batch: Batch): string {
  for (const { headers } of batch.records)
    if (headers['traceparent'] !== undefined) return headers['traceparent']
  return ''
}

/**
 * Runs the work on a batch in a span that continues the trace of its first record.
 * @param work is given the `traceparent` for what it writes: of the span, else of the first record, else empty
 */
export function inBatchSpan<T>(group: string, batch: Batch, work: (traceparent: string) => T): T {
  const incoming = traceOf(batch)
  const parent = propagation.extract(context.active(), incoming === '' ? {} : { traceparent: incoming })
  const attributes = {
    [attribute.system]: 'weir',
    [attribute.operation]: 'process',
    [attribute.operationType]: 'process',
    [attribute.destination]: batch.topic.name,
    [attribute.partition]: String(batch.partition),
    [attribute.consumerGroup]: group,
    [attribute.batchCount]: batch.records.length,
  }
  return tracer.startActiveSpan(
    `process ${batch.topic.name}`,
    { kind: SpanKind.CONSUMER, attributes },
    parent,
    (span) => {
      try {
        const carrier: Record<string, string> = {}
        propagation.inject(context.active(), carrier)
        return work(carrier['traceparent'] ?? incoming)
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR })
        throw error
      } finally {
        span.end()
      }
    },
  )
}
