/**
 * One trace from the file a transaction came in to the close of its case, by W3C Trace Context in record headers.
 * Spans are made through the OpenTelemetry API: without a registered SDK it makes none, and trace context is carried
 * through by what stands here; with one, its spans take over.
 */
import { randomBytes } from 'node:crypto'
import {
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { Attributes, Context, SpanContext } from '@opentelemetry/api'
import { attribute } from './attributes.ts'

/** Record headers, or any other string map. */
type Headers = Readonly<Record<string, string>>

/** Gives `length` random bytes; fixed in tests and in deterministic replays. */
export type RandomBytes = (length: number) => Uint8Array

const form = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

function hex(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('hex')
  // All zeros means "no id" in W3C Trace Context.
  return /^0*$/.test(text) ? `${text.slice(1)}1` : text
}

/** Reads a `traceparent`; undefined when it is missing or malformed, as W3C Trace Context demands: then a new trace begins. */
export function parseTraceparent(traceparent: string | undefined): SpanContext | undefined {
  const match = form.exec(traceparent ?? '')
  const [, version, traceId, spanId, flags, rest] = match ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  if (version === '00' && rest !== undefined) return undefined
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true }
}

function format(span: SpanContext): string {
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`
}

/** Begins a trace, sampled. */
export function newTraceparent(random: RandomBytes = randomBytes): string {
  return `00-${hex(random(16))}-${hex(random(8))}-01`
}

/** Next step of the same trace; a new trace when there is none to go on with. */
export function childOf(traceparent: string | undefined, random: RandomBytes = randomBytes): string {
  const parent = parseTraceparent(traceparent)
  return parent === undefined ? newTraceparent(random) : format({ ...parent, spanId: hex(random(8)) })
}

/** The `traceparent` of a context; undefined when no trace is in it. */
export function traceparentOf(of: Context): string | undefined {
  const span = trace.getSpanContext(of)
  return span !== undefined && isSpanContextValid(span) ? format(span) : undefined
}

/** The context a record was written in, by its headers. */
export function contextFrom(headers: Headers): Context {
  const parent = parseTraceparent(headers['traceparent'])
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent)
}

const tracer = trace.getTracer('weir')

/**
 * Does `work` in a span that goes on the trace of `headers`, and hands it the `traceparent` for what it writes.
 * Attributes carry pseudonyms and positions only. An error is recorded on the span by its type, and thrown on.
 */
export async function withSpan<Result>(
  name: string,
  attributes: Attributes,
  headers: Headers,
  work: (traceparent: string) => Result | Promise<Result>,
): Promise<Result> {
  const from = contextFrom(headers)
  const span = tracer.startSpan(name, { kind: SpanKind.CONSUMER, attributes }, from)
  const inside = trace.setSpan(from, span)
  const traceparent = traceparentOf(inside) ?? newTraceparent()
  try {
    return await context.with(inside, work, undefined, traceparent)
  } catch (error) {
    const type = error instanceof Error ? error.name : 'Error'
    span.setAttribute(attribute.errorType, type)
    span.setStatus({ code: SpanStatusCode.ERROR, message: type })
    throw error
  } finally {
    span.end()
  }
}
