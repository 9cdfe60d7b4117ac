/** Spans of casework, through the global tracer. */
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Attributes } from '@opentelemetry/api'

const tracer = trace.getTracer('weir.casework')

/** Runs `work` in a span; a failure marks the span and goes on. @param traceparent the trace it belongs to, or empty */
export async function inSpan<T>(
  name: string,
  kind: 'consumer' | 'internal',
  attributes: Attributes,
  work: () => Promise<T>,
  traceparent = '',
): Promise<T> {
  const parent = propagation.extract(context.active(), traceparent === '' ? {} : { traceparent })
  const options = { kind: kind === 'consumer' ? SpanKind.CONSUMER : SpanKind.INTERNAL, attributes }
  return tracer.startActiveSpan(name, options, parent, async (span) => {
    try {
      return await work()
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  })
}
