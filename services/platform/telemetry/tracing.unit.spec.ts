import { ROOT_CONTEXT } from '@opentelemetry/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checked } from '../../../test/support/seed.ts'
import { childOf, contextFrom, newTraceparent, parseTraceparent, traceparentOf, withSpan } from './tracing.ts'

const example = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

describe('a traceparent', () => {
  it('survives being written into headers and read back', async () => {
    await checked(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 24 }), (bytes) => {
        const made = newTraceparent((length) => bytes.subarray(0, length))
        expect(traceparentOf(contextFrom({ traceparent: made }))).toBe(made)
      }),
    )
  })

  it('of a child keeps the trace and changes the span', () => {
    const child = childOf(example)
    expect(child.slice(0, 36)).toBe(example.slice(0, 36))
    expect(child).not.toBe(example)
    expect(parseTraceparent(childOf(undefined))).toBeDefined()
  })

  it.each([
    '',
    'nonsense',
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
    'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01',
    `${example}-more`,
  ])('%j is not believed: a new trace begins', (traceparent) => {
    expect(parseTraceparent(traceparent)).toBeUndefined()
    expect(traceparentOf(contextFrom({ traceparent }))).toBeUndefined()
    expect(parseTraceparent(childOf(traceparent))).toBeDefined()
  })

  it('of a later version is read as far as it is known', () => {
    expect(parseTraceparent(`01${example.slice(2)}-more`)).toMatchObject({
      spanId: '00f067aa0ba902b7',
      traceFlags: 1,
    })
  })

  it('is absent where no trace is', () => {
    expect(traceparentOf(ROOT_CONTEXT)).toBeUndefined()
  })
})

describe('a span without an SDK', () => {
  it('hands on the trace it came from', async () => {
    expect(await withSpan('process', {}, { traceparent: example }, (traceparent) => traceparent)).toBe(
      example,
    )
  })

  it('begins a trace where there was none', async () => {
    expect(parseTraceparent(await withSpan('process', {}, {}, (traceparent) => traceparent))).toBeDefined()
  })

  it('lets errors through', async () => {
    await expect(
      withSpan('process', {}, {}, () => {
        throw new RangeError('no')
      }),
    ).rejects.toThrow(RangeError)
  })
})
