import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { cached, cacheDirectoryOf } from './cache.ts'
import { containerName, runParameters, variableOf } from './docker.ts'
import { mavenProject } from './download.ts'
import { downloadFailed, javaMissing, javaTooOld, mavenMissing, notStarted } from './errors.ts'
import { freePorts, isFree } from './ports.ts'
import { brokerProperties, loggingConfiguration, propertiesText } from './properties.ts'
import type { BrokerPlace } from './properties.ts'
import { readResidents } from './resident.ts'
import { checkJava, javaMajorOf, javaVersionIn, runMaven, toolsOf } from './tools.ts'
import { isOlder, kafkaArtifacts, kafkaVersions } from './versions.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-broker-spec-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const place: BrokerPlace = {
  data: 'data',
  host: '127.0.0.1',
  port: 1,
  controllerPort: 2,
  internalPort: 3,
  security: { protocol: 'PLAINTEXT' },
}

describe('the properties of a broker', () => {
  it('make it broker and controller at once, on three ports', () => {
    expect(brokerProperties(place)).toMatchObject({
      'process.roles': 'broker,controller',
      'controller.quorum.voters': '1@127.0.0.1:2',
      listeners: 'CLIENT://127.0.0.1:1,INTERNAL://127.0.0.1:3,CONTROLLER://127.0.0.1:2',
      'advertised.listeners': 'CLIENT://127.0.0.1:1,INTERNAL://127.0.0.1:3',
      'auto.create.topics.enable': 'false',
      'group.initial.rebalance.delay.ms': '0',
    })
  })

  it('give way to those of the caller', () => {
    expect(brokerProperties(place, { 'log.dirs': 'elsewhere' })['log.dirs']).toBe('elsewhere')
  })

  it('tell clients another address where it differs', () => {
    const { 'advertised.listeners': advertised } = brokerProperties({ ...place, advertised: 'kafka:9092' })
    expect(advertised).toBe('CLIENT://kafka:9092,INTERNAL://127.0.0.1:3')
  })

  it('ask for credentials, certificates and rights at the door of the clients only', () => {
    const properties = brokerProperties({
      ...place,
      security: {
        protocol: 'SASL_SSL',
        mechanism: 'PLAIN',
        users: [{ name: 'wei', password: 'p w' }],
        keyFile: 'key.pem',
        superUsers: ['wei'],
      },
    })
    expect(properties).toMatchObject({
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,CLIENT:SASL_SSL',
      'inter.broker.listener.name': 'INTERNAL',
      'listener.name.client.plain.sasl.jaas.config':
        'org.apache.kafka.common.security.plain.PlainLoginModule required user_wei="p w";',
      'listener.name.client.ssl.keystore.location': 'key.pem',
      'super.users': 'User:ANONYMOUS;User:wei',
    })
    expect(properties).not.toHaveProperty(['listener.name.client.ssl.client.auth'])
  })

  it('refuse a password that would end the line it stands in', () => {
    const users = [{ name: 'wei', password: 'a"; evil' }]
    const security = { protocol: 'SASL_PLAINTEXT', users } as const
    expect(() => brokerProperties({ ...place, security })).toThrow('no quote, backslash or line break')
  })

  it('are written so that Java reads the same', () => {
    expect(propertiesText({ a: String.raw`C:\data`, b: 'x=y' })).toBe('a=C:\\\\data\nb=x=y\n')
  })

  it.each(kafkaVersions)('of %s log that it started', (version) => {
    expect(loggingConfiguration(version).text).toContain('kafka.server.KafkaRaftServer')
  })
})

describe('a broker in Docker', () => {
  it.each([
    ['log.dirs', 'KAFKA_LOG_DIRS'],
    [
      'listener.name.client.scram-sha-256.sasl.jaas.config',
      'KAFKA_LISTENER_NAME_CLIENT_SCRAM___SHA___256_SASL_JAAS_CONFIG',
    ],
    ['a_b', 'KAFKA_A__B'],
  ])('reads %s from %s', (property, variable) => {
    expect(variableOf(property)).toBe(variable)
  })

  it('is reached at a port of this machine, and keeps its data in a volume of its own', () => {
    const parameters = runParameters('weir-kafka-1', '4.3.0', 19_092)
    expect(parameters.slice(0, 3)).toEqual(['run', '--detach', '--rm'])
    expect(parameters).toEqual(
      expect.arrayContaining([
        '127.0.0.1:19092:9092',
        'weir-kafka-1:/var/lib/kafka/data',
        'KAFKA_ADVERTISED_LISTENERS=CLIENT://127.0.0.1:19092,INTERNAL://127.0.0.1:9094',
      ]),
    )
    expect(parameters.at(-1)).toBe('apache/kafka:4.3.0')
  })

  it('has a name that follows from its data folder', () => {
    expect(containerName('one')).toBe(containerName('one'))
    expect(containerName('one')).not.toBe(containerName('two'))
  })
})

describe('the folder for downloads', () => {
  it.each([
    [{ WEIR_CACHE_DIRECTORY: folder, XDG_CACHE_HOME: '/elsewhere' }, folder],
    [{ XDG_CACHE_HOME: folder }, join(folder, 'weir')],
    [{ XDG_CACHE_HOME: 'relative, so ignored' }, join(homedir(), '.cache', 'weir')],
    [{}, join(homedir(), '.cache', 'weir')],
  ])('with %o', (environment, expected) => {
    expect(cacheDirectoryOf(environment)).toBe(expected)
  })

  it('is filled once, whoever asks at the same time', async () => {
    const cache = join(folder, 'cache')
    let made = 0
    const ask = async (): Promise<string> =>
      cached(cache, 'thing', async (empty) => {
        made += 1
        await sleep(20)
        await writeFile(join(empty, 'file'), '')
      })
    const folders = await Promise.all([ask(), ask(), ask()])
    expect(new Set(folders)).toEqual(new Set([join(cache, 'thing')]))
    expect(made).toBe(1)
    expect(readdirSync(join(cache, 'thing'))).toEqual(['file'])
  })

  it('holds nothing of a download that failed, and tries again', async () => {
    const cache = join(folder, 'failing')
    const fail = cached(cache, 'thing', async (empty) => {
      await writeFile(join(empty, 'half'), '')
      throw new Error('no network')
    })
    await expect(fail).rejects.toThrow('no network')
    expect(readdirSync(cache)).toEqual(['.lock'])
    await cached(cache, 'thing', async (empty) => writeFile(join(empty, 'whole'), ''))
    expect(readdirSync(join(cache, 'thing'))).toEqual(['whole'])
  })
})

describe('what is missing', () => {
  it.each([
    ['Java', javaMissing('java'), 'apt-get install openjdk-17-jre-headless'],
    ['Java is too old', javaTooOld('java', '11.0.2'), 'is Java 11.0.2; Kafka needs 17'],
    ['Maven', mavenMissing('mvn', 'cache/kafka'), 'copy cache/kafka from a machine that has it'],
    [
      'the network',
      downloadFailed('Kafka', 'cache/kafka', '[INFO] x\n[ERROR] Unknown host repo\n[ERROR] Re-run with -e'),
      'Unknown host repo\nCheck the network',
    ],
  ])('%s: is said with what to do next', (_, error, expected) => {
    expect(error.message).toContain(expected)
    expect(error.message).toContain('KAFKA_BROKERS')
  })

  it('is found out by trying', async () => {
    await expect(checkJava(join(folder, 'no-java'))).rejects.toMatchObject({ code: 'java_unusable' })
    const maven = runMaven(join(folder, 'no-mvn'), [], 'cache/kafka', () => undefined)
    await expect(maven).rejects.toMatchObject({ code: 'maven_missing' })
  })

  it('is told from what a broker logged, without its stack traces', () => {
    const { message } = notStarted('Kafka', 'it ended', 'one\n\tat java.base\n\ntwo\n', 'broker.log')
    expect(message).toBe('Kafka did not start: it ended. Its log (broker.log) ends with:\none\ntwo')
  })
})

describe('versions', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_392"', 8],
    ['Picked up JAVA_TOOL_OPTIONS: -Dx\nopenjdk version "21" 2023-09-19', 21],
  ])('of Java are read from %o', (output, major) => {
    expect(javaMajorOf(javaVersionIn(output) ?? '')).toBe(major)
  })

  it('of Kafka are compared by number', () => {
    expect(isOlder('3.9.1', '4.3.0')).toBe(true)
    expect(isOlder('4.10.0', '4.3.0')).toBe(false)
    expect(isOlder('4.3.0', '4.3.0')).toBe(false)
  })

  it('of everything that is downloaded are fixed', () => {
    for (const coordinates of Object.values(kafkaArtifacts).flat()) {
      expect(coordinates).toMatch(/^[\w.]+:[\w.-]+:\d+\.\d+\.\d+$/)
    }
    expect(mavenProject(['a.b:c:1.2.3'])).toContain(
      '<groupId>a.b</groupId><artifactId>c</artifactId><version>1.2.3</version>',
    )
  })
})

it('JAVA_HOME says which Java', () => {
  expect(toolsOf({ JAVA_HOME: folder }).java).toBe(join(folder, 'bin', 'java'))
  expect(toolsOf({}).java).toBe('java')
})

it('free ports differ, and are below those that clients are given', async () => {
  const ports = await freePorts(5)
  expect(new Set(ports).size).toBe(5)
  for (const port of ports) {
    expect(port).toBeLessThan(32_768)
    expect(await isFree(port)).toBe(true)
  }
})

it('nothing runs for a folder in which nothing was started', () => {
  expect(readResidents(join(folder, 'nowhere'))).toEqual({})
})
