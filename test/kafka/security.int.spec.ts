/** Settings for TLS and SASL, tried against brokers that demand them: what is right works, what is wrong is refused with what to do. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { topics } from '../../schemas/topics.ts'
import { loadConfig } from '../../services/platform/config/config.ts'
import { withKafkaAdmin } from '../../services/platform/log/kafka/admin.ts'
import { kafkaConnection } from '../../services/platform/log/kafka/connection.ts'
import { openKafkaLog } from '../../services/platform/log/kafka/open.ts'
import { LogError } from '../../services/platform/log/port.ts'
import type { SaslMechanism } from '../../services/platform/broker/properties.ts'
import { newAuthority } from '../support/certificates.ts'
import { describeWithKafka, startKafka } from '../support/kafka.ts'
import type { TestKafka } from '../support/kafka.ts'

type Environment = Readonly<Record<string, string>>

const user = { name: 'weir-test', password: 'a long word' }

const folder = mkdtempSync(join(tmpdir(), 'weir-certificates-'))

function file(name: string, ...texts: readonly string[]): string {
  const path = join(folder, name)
  writeFileSync(path, texts.join(''), { mode: 0o600 })
  return path
}

const authority = newAuthority()
const broker = authority.issue('broker', ['127.0.0.1'])
const misnamed = authority.issue('broker', ['kafka.example.test'])
const client = authority.issue('client', [])
const files = {
  authority: file('authority.pem', authority.certificate),
  broker: file('broker.pem', broker.key, broker.certificate),
  misnamed: file('misnamed.pem', misnamed.key, misnamed.certificate),
  stranger: file('stranger.pem', newAuthority('a stranger').certificate),
  client: file('client.pem', client.certificate),
  clientKey: file('client.key', client.key),
}
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const tls = { WEIR_KAFKA_TLS: 'true', WEIR_KAFKA_TLS_CA_FILE: files.authority }

function signingIn(mechanism: SaslMechanism, password = user.password, name = user.name): Environment {
  return {
    WEIR_KAFKA_SASL_MECHANISM: mechanism.toLowerCase(),
    WEIR_KAFKA_SASL_USERNAME: name,
    WEIR_KAFKA_SASL_PASSWORD: password,
  }
}

function configured(kafka: TestKafka, environment: Environment) {
  return loadConfig({ WEIR_KAFKA_BROKERS: kafka.bootstrap.join(','), ...environment })
}

async function brokersSeen(kafka: TestKafka, environment: Environment): Promise<number> {
  const connection = kafkaConnection(configured(kafka, environment))
  return withKafkaAdmin(connection, async (admin) => (await admin.describeCluster()).brokers.length)
}

/** What a person is told. */
async function refusal(kafka: TestKafka, environment: Environment): Promise<string> {
  const error = await brokersSeen(kafka, environment).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof LogError)) throw new Error(`expected a LogError, got ${String(error)}`)
  expect(error.code).toBe('unavailable')
  expect(error.message).not.toContain(user.password)
  return error.message
}

await describeWithKafka(
  'a broker that demands TLS and SCRAM-SHA-512',
  () => {
    let kafka: TestKafka
    beforeAll(async () => {
      const security = { protocol: 'SASL_SSL', mechanism: 'SCRAM-SHA-512', users: [user] } as const
      kafka = await startKafka({ security: { ...security, keyFile: files.broker } })
    })
    afterAll(async () => kafka.remove())
    const right = { ...tls, ...signingIn('SCRAM-SHA-512') }

    it('lets the log in with the right settings: topics are made, records written and read', async () => {
      const config = configured(kafka, right)
      const directory = join(folder, 'log')
      const log = await openKafkaLog({ connection: kafkaConnection(config), directory })
      try {
        await log.ensureTopics([topics.dispatches])
        const publisher = await log.publisher('security')
        const record = { topic: topics.dispatches, key: 'D04', headers: {}, timestamp: 0 }
        await publisher.publish([{ ...record, value: Buffer.from('one') }], 1)
        const read: string[] = []
        for await (const { value } of log.read(topics.dispatches, 0, 0)) read.push(String(value))
        expect(read).toEqual(['one'])
        await publisher.close()
      } finally {
        await log.close()
      }
    })

    it.each<[string, Environment, RegExp]>([
      [
        'a wrong password',
        { ...tls, ...signingIn('SCRAM-SHA-512', 'guessed') },
        /does not let user weir-test in.*WEIR_KAFKA_SASL_PASSWORD/,
      ],
      [
        'an unknown user',
        { ...tls, ...signingIn('SCRAM-SHA-512', 'x', 'nobody') },
        /does not let user nobody in/,
      ],
      [
        'another mechanism',
        { ...tls, ...signingIn('PLAIN') },
        /does not know plain.*WEIR_KAFKA_SASL_MECHANISM/,
      ],
      ['nobody signing in', tls, /hung up.*WEIR_KAFKA_SASL_MECHANISM/],
      ['no TLS', signingIn('SCRAM-SHA-512'), /hung up.*WEIR_KAFKA_TLS=true/],
      [
        'an authority that did not sign its certificate',
        { ...right, WEIR_KAFKA_TLS_CA_FILE: files.stranger },
        /WEIR_KAFKA_TLS_CA_FILE/,
      ],
      [
        'no authority of our own',
        { WEIR_KAFKA_TLS: 'true', ...signingIn('SCRAM-SHA-512') },
        /WEIR_KAFKA_TLS_CA_FILE/,
      ],
    ])('refuses %s, and the error says what to do', async (_, environment, advice) => {
      expect(await refusal(kafka, environment)).toMatch(advice)
    })

    it('tells a service at its start what to do, too', async () => {
      const config = configured(kafka, { ...tls, ...signingIn('SCRAM-SHA-512', 'guessed') })
      const log = await openKafkaLog({ connection: kafkaConnection(config), directory: join(folder, 'log') })
      try {
        await expect(log.ensureTopics([topics.dispatches])).rejects.toThrow(/WEIR_KAFKA_SASL_PASSWORD/)
      } finally {
        await log.close()
      }
    })

    it('is not trusted because Node was told to trust everybody', async () => {
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
      try {
        const environment = { ...right, WEIR_KAFKA_TLS_CA_FILE: files.stranger }
        expect(await refusal(kafka, environment)).toMatch(/WEIR_KAFKA_TLS_CA_FILE/)
      } finally {
        delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
      }
    })
  },
  { process: true },
)

await describeWithKafka(
  'a broker that asks for a certificate',
  () => {
    let kafka: TestKafka
    beforeAll(async () => {
      const security = { protocol: 'SSL', keyFile: files.broker, trustFile: files.authority } as const
      kafka = await startKafka({ security })
    })
    afterAll(async () => kafka.remove())

    it('lets in who shows one', async () => {
      const own = { WEIR_KAFKA_TLS_CERT_FILE: files.client, WEIR_KAFKA_TLS_KEY_FILE: files.clientKey }
      expect(await brokersSeen(kafka, { ...tls, ...own })).toBe(1)
    })

    it('refuses who shows none, and the error says what to do', async () => {
      expect(await refusal(kafka, tls)).toMatch(/WEIR_KAFKA_TLS_CERT_FILE/)
    })
  },
  { process: true },
)

await describeWithKafka(
  'a broker whose certificate is for another host',
  () => {
    it('is not believed, and the error says what to do', async () => {
      await using kafka = await startKafka({ security: { protocol: 'SSL', keyFile: files.misnamed } })
      expect(await refusal(kafka, tls)).toMatch(/another name.*advertised\.listeners/)
    })
  },
  { process: true },
)

await describeWithKafka(
  'a broker without TLS that demands PLAIN',
  () => {
    it('lets in who knows the password, on this machine', async () => {
      const security = { protocol: 'SASL_PLAINTEXT', mechanism: 'PLAIN', users: [user] } as const
      await using kafka = await startKafka({ security })
      expect(await brokersSeen(kafka, signingIn('PLAIN'))).toBe(1)
      expect(await refusal(kafka, signingIn('PLAIN', 'guessed'))).toMatch(/does not let user weir-test in/)
      expect(await refusal(kafka, { ...tls, ...signingIn('PLAIN') })).toMatch(/does not speak TLS/)
    })
  },
  { process: true },
)

describe('certificate files', () => {
  it.each<[string, Environment, RegExp]>([
    ['that is not there', { ...tls, WEIR_KAFKA_TLS_CA_FILE: join(folder, 'none.pem') }, /CA_FILE: .*ENOENT/],
    [
      'that holds something else',
      { ...tls, WEIR_KAFKA_TLS_CA_FILE: file('notes.txt', 'nothing') },
      /CA_FILE: .*not a PEM/s,
    ],
  ])('one %s is refused before anything is connected to', (_, environment, problem) => {
    const config = loadConfig({ WEIR_KAFKA_BROKERS: '127.0.0.1:1', ...environment })
    expect(() => kafkaConnection(config)).toThrow(problem)
  })

  it('none is needed without TLS, but brokers are', () => {
    expect(() => kafkaConnection(loadConfig({}))).toThrow(/WEIR_KAFKA_BROKERS/)
    expect(kafkaConnection(loadConfig({ WEIR_KAFKA_BROKERS: 'a:1,b:2' }), 'x')).toEqual({
      brokers: ['a:1', 'b:2'],
      clientId: 'x',
    })
  })
})
