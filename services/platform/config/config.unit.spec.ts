import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError, loadConfig, redacted } from './config.ts'
import { configReference } from './reference.ts'
import { settings } from './settings.ts'
import type { Setting } from './settings.ts'

const key = Buffer.alloc(32, 7).toString('base64')
const folder = mkdtempSync(join(tmpdir(), 'weir-config-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfig(environment)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ variable, problem }) => `${variable} ${problem.en}`)
  }
}

describe('an empty environment', () => {
  const config = loadConfig({})

  it('gives an embedded Weir on this machine only', () => {
    expect(config).toMatchObject({
      mode: 'embedded',
      demo: false,
      httpHost: '127.0.0.1',
      httpPort: 8480,
      allowedLatenessMs: 3_600_000,
      topicPrefix: 'weir',
      postgresUrl: undefined,
      production: false,
    })
    expect(isAbsolute(config.dataDirectory)).toBe(true)
  })

  it('gives a record nobody can change', () => {
    expect(Object.isFrozen(config)).toBe(true)
  })
})

describe('values', () => {
  it('become what they mean', () => {
    const config = loadConfig({
      WEIR_HTTP_PORT: '9000',
      WEIR_DEMO: 'true',
      WEIR_KAFKA_BROKERS: 'a:1, b:2',
      PATH: 'anything',
    })
    expect(config).toMatchObject({ httpPort: 9000, demo: true, kafkaBrokers: ['a:1', 'b:2'] })
  })

  it.each([
    ['WEIR_HTTP_PORT', '70000'],
    ['WEIR_HTTP_PORT', '80a'],
    ['WEIR_HTTP_PORT', '1.5'],
    ['WEIR_DEMO', 'yes'],
    ['WEIR_MODE', 'cloud'],
    ['WEIR_KAFKA_BROKERS', 'a:1,b'],
    ['WEIR_TOPIC_PREFIX', 'Weir'],
    ['WEIR_POSTGRES_URL', 'mysql://x'],
    ['WEIR_LANGUAGE', ''],
    ['WEIR_KAFKA_SASL_MECHANISM', 'gssapi'],
    ['WEIR_KAFKA_PARTITIONS', '0'],
    ['WEIR_SCHEMA_REGISTRY_URL', 'registry:8081'],
  ])('%s=%s is refused', (variable, value) => {
    expect(problemsOf({ [variable]: value })).toEqual([expect.stringContaining(variable)])
  })

  it('that are wrong are all told at once, with what is allowed', () => {
    const problems = problemsOf({ WEIR_HTTP_PORT: 'x', WEIR_MODE: 'cloud', WEIR_COLOUR: 'red' })
    expect(problems).toHaveLength(3)
    expect(problems.join('\n')).toMatch(/embedded \| cluster/)
  })

  it('of unknown name are refused, and the likely one is named', () => {
    expect(problemsOf({ WEIR_HTTPPORT: '1' })).toEqual([
      expect.stringContaining('did you mean WEIR_HTTP_PORT'),
    ])
    expect(problemsOf({ WEIR_SEED: '1', WEIR_TEST_POSTGRES_URL: 'x' })).toEqual([])
  })
})

describe('settings together', () => {
  const production = {
    NODE_ENV: 'production',
    WEIR_HTTP_SECURE: 'true',
    WEIR_PSEUDONYM_KEY: key,
    WEIR_IDENTITY_KEYS: `a:${key}`,
  }

  it('are accepted in production when the keys are given', () => {
    expect(problemsOf(production)).toEqual([])
  })

  it.each([
    ['demo mode in production', { ...production, WEIR_DEMO: 'true' }, 'WEIR_DEMO'],
    ['production without HTTPS', { ...production, WEIR_HTTP_SECURE: 'false' }, 'WEIR_HTTP_SECURE'],
    ['one port for two servers', { WEIR_HTTP_PORT: '9480' }, 'WEIR_METRICS_PORT'],
  ])('refuse %s', (_, environment, variable) => {
    expect(problemsOf(environment)).toEqual([expect.stringContaining(variable)])
  })

  it('let a demo on servers make its own keys, like one in a folder', () => {
    const servers = { WEIR_KAFKA_BROKERS: 'a:1', WEIR_POSTGRES_URL: 'postgres://db/weir' }
    expect(problemsOf({ ...servers, WEIR_MODE: 'cluster', WEIR_DEMO: 'true' })).toEqual([])
  })

  it('have no default secret in production, and no default servers in a cluster', () => {
    expect(problemsOf({ NODE_ENV: 'production', WEIR_HTTP_SECURE: 'true' })).toHaveLength(2)
    expect(problemsOf({ WEIR_MODE: 'cluster' }).map((problem) => problem.split(' ')[0])).toEqual([
      'WEIR_KAFKA_BROKERS',
      'WEIR_POSTGRES_URL',
      'WEIR_PSEUDONYM_KEY',
      'WEIR_IDENTITY_KEYS',
    ])
  })
})

describe('settings of Kafka and of the registry', () => {
  const sasl = { WEIR_KAFKA_SASL_USERNAME: 'weir-warn', WEIR_KAFKA_SASL_PASSWORD: 'hunter2' }
  const plain = { ...sasl, WEIR_KAFKA_SASL_MECHANISM: 'plain' }
  const scram = { ...sasl, WEIR_KAFKA_SASL_MECHANISM: 'scram-sha-512' }
  const registry = { WEIR_SCHEMA_REGISTRY_USERNAME: 'weir', WEIR_SCHEMA_REGISTRY_PASSWORD: 'hunter2' }

  it.each([
    ['nothing', {}],
    [
      'SCRAM without TLS: the password itself is never sent',
      { ...scram, WEIR_KAFKA_BROKERS: 'kafka-1:9092' },
    ],
    [
      'PLAIN by TLS',
      {
        ...plain,
        WEIR_KAFKA_BROKERS: 'kafka-1:9092',
        WEIR_KAFKA_TLS: 'true',
        WEIR_KAFKA_TLS_CA_FILE: 'ca.pem',
      },
    ],
    ['PLAIN on this machine', { ...plain, WEIR_KAFKA_BROKERS: 'localhost:9092,127.0.0.1:9093' }],
    [
      'a registry with a password by HTTPS',
      { ...registry, WEIR_SCHEMA_REGISTRY_URL: 'https://registry:8081' },
    ],
    ['one on this machine', { ...registry, SCHEMA_REGISTRY_URL: 'http://127.0.0.1:8081/apis/ccompat/v7' }],
  ])('allow %s', (_, environment) => {
    expect(problemsOf(environment)).toEqual([])
  })

  it.each([
    [
      'a mechanism without a user',
      { WEIR_KAFKA_SASL_MECHANISM: 'scram-sha-512' },
      'WEIR_KAFKA_SASL_MECHANISM',
    ],
    ['a user without a mechanism', sasl, 'WEIR_KAFKA_SASL_USERNAME'],
    ['PLAIN over an open network', { ...plain, WEIR_KAFKA_BROKERS: 'localhost:1,kafka:9092' }, 'MECHANISM'],
    ['a certificate without its key', { WEIR_KAFKA_TLS: 'true', WEIR_KAFKA_TLS_CERT_FILE: 'a' }, 'CERT_FILE'],
    ['a key without its certificate', { WEIR_KAFKA_TLS: 'true', WEIR_KAFKA_TLS_KEY_FILE: 'a' }, 'KEY_FILE'],
    ['an authority without TLS', { WEIR_KAFKA_TLS_CA_FILE: 'ca.pem' }, 'CA_FILE'],
    ['a registry user without a registry', registry, 'WEIR_SCHEMA_REGISTRY_USERNAME'],
    [
      'a registry password over an open network',
      { ...registry, WEIR_SCHEMA_REGISTRY_URL: 'http://registry:8081' },
      'WEIR_SCHEMA_REGISTRY_URL',
    ],
  ])('refuse %s', (_, environment, variable) => {
    expect(problemsOf(environment)[0]).toContain(variable)
  })

  it('have no switch that turns the check of certificates off', () => {
    expect(
      Object.values<Setting>(settings)
        .map(({ variable }) => variable)
        .join(),
    ).not.toMatch(/VERIFY|INSECURE/)
  })

  it('take the name of the registry that other tools use, ours first', () => {
    const also = { SCHEMA_REGISTRY_URL: 'http://a:1' }
    expect(loadConfig(also).schemaRegistryUrl).toBe('http://a:1')
    expect(loadConfig({ ...also, WEIR_SCHEMA_REGISTRY_URL: 'http://b:1' }).schemaRegistryUrl).toBe(
      'http://b:1',
    )
  })

  it('do not show a password that somebody wrote into an address', () => {
    const [problem] = problemsOf({ WEIR_SCHEMA_REGISTRY_URL: 'https://weir:hunter2@registry:8081' })
    expect(problem).toMatch(/\/\/\[secret\]@registry/)
    expect(problem).not.toContain('hunter2')
  })
})

describe('secrets', () => {
  it('can come from a file', () => {
    const file = join(folder, 'key')
    writeFileSync(file, `${key}\n`)
    expect(loadConfig({ WEIR_PSEUDONYM_KEY_FILE: file }).pseudonymKey?.reveal()).toBe(key)
    expect(problemsOf({ WEIR_PSEUDONYM_KEY_FILE: join(folder, 'none') })).toEqual([
      expect.stringContaining('ENOENT'),
    ])
    expect(problemsOf({ WEIR_PSEUDONYM_KEY_FILE: file, WEIR_PSEUDONYM_KEY: key })).toHaveLength(1)
    expect(problemsOf({ WEIR_HTTP_PORT_FILE: file })).toHaveLength(1)
  })

  it('are shown nowhere', () => {
    const config = loadConfig({
      WEIR_POSTGRES_URL: 'postgres://u:hunter2@db/weir',
      WEIR_IDENTITY_KEYS: `a:${key}`,
    })
    const shown = [
      inspect(config, { depth: 9 }),
      JSON.stringify(config),
      JSON.stringify(redacted(config)),
      String(config.postgresUrl),
    ]
    expect(shown.join()).not.toMatch(/hunter2|BwcHBw/)
    expect(redacted(config)).toMatchObject({
      postgresUrl: '[secret]',
      identityKeys: ['[secret]'],
      httpPort: 8480,
    })
  })

  it('are not in the message that refuses them', () => {
    expect(problemsOf({ WEIR_POSTGRES_URL: 'mysql://u:hunter2@db' }).join()).not.toContain('hunter2')
  })
})

describe('the reference', () => {
  it('is docs/configuration.md, word for word', () => {
    const file = new URL('../../../docs/configuration.md', import.meta.url)
    expect(readFileSync(file, 'utf8')).toBe(configReference())
  })

  it.each(Object.values<Setting>(settings))(
    'says everything about $variable, in both languages',
    (declared) => {
      expect(declared.meaning.zh).toMatch(/\p{Script=Han}/u)
      expect(declared.meaning.en.length).toBeGreaterThan(10)
      expect(declared.example).not.toBe('')
      // What is wrong with the example alone can only be that it needs company, which is told in words of its own.
      if (!declared.example.includes('`'))
        expect(problemsOf({ [declared.variable]: declared.example }).join()).not.toMatch(/is not allowed/)
    },
  )
})
