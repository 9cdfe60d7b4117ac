import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../config/secret.ts'
import { connectionProblem, kafkaOptions, replicationOf } from './connection.ts'
import type { KafkaConnection } from './connection.ts'

const plain: KafkaConnection = { brokers: ['kafka-1:9092'], clientId: 'weir' }
const secured: KafkaConnection = {
  ...plain,
  tls: { authority: 'CA', own: { certificate: 'CERT', key: new Secret('hunter2') } },
  sasl: { mechanism: 'scram-sha-512', username: 'weir-warn', password: new Secret('hunter2') },
}

describe('a connection', () => {
  it('shows its secrets to nobody but the client', () => {
    expect(inspect(secured, { depth: 9 }) + JSON.stringify(secured)).not.toContain('hunter2')
    expect(kafkaOptions(secured)).toMatchObject({
      ssl: { ca: 'CA', cert: 'CERT', key: 'hunter2' },
      sasl: { mechanism: 'scram-sha-512', username: 'weir-warn', password: 'hunter2' },
    })
  })

  it('by TLS always checks certificates, and speaks nothing older than TLS 1.2', () => {
    expect(kafkaOptions({ ...plain, tls: {} }).ssl).toEqual({
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    })
  })

  it('without TLS and SASL is nothing but its address', () => {
    expect(kafkaOptions(plain)).toEqual({ brokers: ['kafka-1:9092'], clientId: 'weir' })
  })
})

describe('an error of a connection', () => {
  it('is found behind what kafkajs wrapped around it', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    expect(connectionProblem(new Error('Connection error', { cause }), plain)).toMatchObject({
      code: 'unavailable',
      retriable: true,
      message: expect.stringContaining('WEIR_KAFKA_BROKERS') as string,
    })
  })

  it('that is none of a connection stays what it is', () => {
    expect(connectionProblem(new TypeError('x is not a function'), plain)).toBeUndefined()
  })

  it('does not blame TLS and SASL when both are set', () => {
    const error = Object.assign(new Error('Closed connection'), { name: 'KafkaJSConnectionClosedError' })
    expect(connectionProblem(error, plain)?.message).toMatch(/WEIR_KAFKA_TLS=true.*WEIR_KAFKA_SASL_MECHANISM/)
    expect(connectionProblem(error, secured)).toBeUndefined()
  })
})

describe('copies of a new topic', () => {
  it.each([
    [undefined, false, 1],
    [undefined, true, 3],
    [2, true, 2],
    [5, false, 5],
  ])('configured %s, in production %s: %i', (kafkaReplication, production, copies) => {
    expect(replicationOf({ kafkaReplication, production })).toBe(copies)
  })
})
