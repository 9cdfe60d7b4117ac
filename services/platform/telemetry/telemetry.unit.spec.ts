import { describe, expect, it } from 'vitest'
import { createTelemetry, telemetryOf } from './telemetry.ts'
import { weirVersion } from './version.ts'

interface Line extends Record<string, unknown> {
  readonly msg?: string
}

function recording(): {
  telemetry: ReturnType<typeof createTelemetry>
  lines: () => Line[]
  text: () => string
} {
  const written: string[] = []
  const destination = { write: (line: string) => void written.push(line) }
  return {
    telemetry: createTelemetry({ service: 'warn', level: 'info', destination }),
    lines: () => written.map((line) => JSON.parse(line) as Line),
    text: () => written.join(''),
  }
}

const card = '6222021234567890123'
const id = '33100419700101123X'

describe('the log', () => {
  it('says who, when and how bad', () => {
    const { telemetry, lines } = recording()
    telemetry.log.info({ topic: 'weir.public.warnings.v1', partition: 2 }, 'batch:committed')
    telemetry.log.debug('below the level')
    expect(lines()).toEqual([
      {
        service: 'warn',
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
        topic: 'weir.public.warnings.v1',
        partition: 2,
        msg: 'batch:committed',
      },
    ])
  })

  it.each<[string, unknown]>([
    ['a forbidden key', { payer_account: card }],
    ['a forbidden key deep inside', { record: { sides: [{ payerName: '王甲' }] } }],
    ['a header', { headers: { Cookie: 'sid=王甲', authorization: '王甲' } }],
    ['an identity', { of: { account: 'x', id: 'y', name: '王甲' } }],
    ['bytes', { value: Buffer.from('王甲') }],
    ['a number in a value', { note: `account ${card} refused` }],
    ['an identity number', { note: id }],
    ['an error', { err: new Error(`duplicate ${card}`) }],
    ['the cause of an error', { err: new Error('failed', { cause: new Error(card) }) }],
    [
      'the fields a driver hangs on an error',
      { err: Object.assign(new Error('failed'), { detail: `Key (a)=(${card})` }) },
    ],
    ['what a class keeps', { request: new URL(`https://example.org/${card}`), keys: new Map([['a', card]]) }],
    ['several errors', { err: new AggregateError([new Error(card)], 'two') }],
  ])('does not show %s', (_, object) => {
    const { telemetry, text } = recording()
    telemetry.log.info(object, 'seen')
    telemetry.log.child(object as object).info('seen by a child')
    expect(text()).toContain('seen by a child')
    expect(text()).not.toMatch(new RegExp(`王甲|${card}|${id}|${Buffer.from('王甲').toString('base64')}`))
  })

  it('does not show numbers in messages or in errors logged by themselves', () => {
    const { telemetry, lines, text } = recording()
    telemetry.log.warn(`refused ${card}`)
    telemetry.log.error(new TypeError(`refused ${card}`))
    telemetry.log.error(new Error(card), 'batch:failed')
    expect(text()).not.toContain(card)
    expect(lines()[1]).toMatchObject({ level: 'error', msg: 'refused […0123]', err: { type: 'TypeError' } })
    expect(lines()[2]).toMatchObject({ msg: 'batch:failed' })
  })

  it('keeps what is needed to find things: pseudonyms, ids, offsets, times', () => {
    const { telemetry, lines } = recording()
    const fields = {
      subject_id: 'p_Zm9vYmFyYmF6cXV4MTIzNA',
      warning_id: '0b8f0d3a-1f3a-5c5e-9d3e-1234567890ab',
      offset: 123456789012345,
      at: 1772415000000,
      name: 'warn-score',
    }
    telemetry.log.info(fields, 'found')
    expect(lines()[0]).toMatchObject(fields)
  })

  it('names the service of a part', () => {
    const { telemetry, lines } = recording()
    telemetryOf(telemetry, 'casework').log.info('started')
    expect(lines()[0]?.['service']).toBe('casework')
    expect(telemetryOf(telemetry, 'casework').registry).toBe(telemetry.registry)
  })
})

describe('the metrics', () => {
  it('say which build runs', async () => {
    const { telemetry } = recording()
    expect(await telemetry.registry.metrics()).toMatch(
      new RegExp(
        `weir_build_info\\{version="${weirVersion()}",node="${process.versions.node}",service="warn"\\} 1`,
      ),
    )
  })

  it('measure the process when asked to', async () => {
    const { registry } = createTelemetry({ service: 'warn', level: 'silent', processMetrics: true })
    expect(await registry.metrics()).toContain('weir_process_cpu_seconds_total')
  })
})
