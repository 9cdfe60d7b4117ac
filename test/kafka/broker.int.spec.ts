import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, expect, it } from 'vitest'
import { answers } from '../../services/platform/broker/java-process.ts'
import { Kafka, logLevel } from '../../services/platform/log/kafka/kafkajs/door.ts'
import type { Admin } from '../../services/platform/log/kafka/kafkajs/door.ts'
import {
  describeWithKafka,
  describeWithRegistry,
  sharedKafka,
  startKafka,
  startTestRegistry,
} from '../support/kafka.ts'
import { weir } from '../support/weir.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-broker-spec-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

type Reachable = { readonly bootstrap: readonly string[] }

/** Does something as an administrator of a broker. */
async function asAdmin<Result>({ bootstrap }: Reachable, act: (admin: Admin) => Promise<Result>) {
  const admin = new Kafka({ brokers: [...bootstrap], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return await act(admin)
  } finally {
    await admin.disconnect()
  }
}

const createTopic = async (kafka: Reachable, topic: string): Promise<boolean> =>
  asAdmin(kafka, async (admin) => admin.createTopics({ topics: [{ topic }], waitForLeaders: true }))
const listTopics = async (kafka: Reachable): Promise<string[]> =>
  asAdmin(kafka, async (admin) => admin.listTopics())

/** Waits for something that will come about; the limit of the test ends the wait. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20)
}

/** Whether a process exists and has not ended. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !(existsSync(`/proc/${pid}/stat`) && readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '))
  } catch {
    return false
  }
}

await describeWithKafka(
  'a broker of one’s own',
  () => {
    it('keeps its topics and its port when it is stopped, and when it is killed', async () => {
      await using kafka = await startKafka({ own: true })
      const [address] = kafka.bootstrap
      await createTopic(kafka, 'before')
      await kafka.stop()
      await kafka.start()
      await createTopic(kafka, 'between')
      await kafka.kill()
      await kafka.start()
      expect(await listTopics(kafka)).toEqual(expect.arrayContaining(['before', 'between']))
      expect(kafka.bootstrap).toEqual([address])
    })

    it('answers nothing while it is paused, and goes on afterwards', async () => {
      await using kafka = await startKafka({ own: true })
      await kafka.pause()
      let isAnswered = false
      const answer = listTopics(kafka).then((topics) => {
        isAnswered = true
        return topics
      })
      await sleep(300)
      expect(isAnswered).toBe(false)
      await kafka.resume()
      expect(await answer).toEqual([])
    })

    it('can be taken away while it is paused', async () => {
      const kafka = await startKafka({ own: true })
      const [, port] = kafka.bootstrap[0]?.split(':') ?? []
      expect(await answers('127.0.0.1', Number(port))).toBe(true)
      await kafka.pause()
      await kafka.remove()
      expect(await answers('127.0.0.1', Number(port))).toBe(false)
    })
  },
  { own: true },
)

await describeWithKafka(
  'a broker that Java runs',
  () => {
    it('ends, and leaves nothing behind, when the process that started it is killed', async () => {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'broker-child.ts')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [line] = (await once(child.stdout, 'data')) as [Buffer]
      const { pid, directory } = JSON.parse(line.toString()) as { pid: number; directory: string }
      expect(lives(pid)).toBe(true)
      child.kill('SIGKILL')
      await until(() => !lives(pid) && !existsSync(directory))
    })

    it('refuses a folder with data of a newer version, and says which one reads it', async () => {
      const directory = join(folder, 'newer')
      mkdirSync(directory)
      writeFileSync(join(directory, 'version'), '4.3.0')
      const older = startKafka({ directory, version: '3.9.1' })
      await expect(older).rejects.toThrow('holds data of Kafka 4.3.0')
    })
  },
  { process: true },
)

await describeWithKafka(
  'Kafka 3.9',
  () => {
    it('starts, comes back after a kill, and serves', async () => {
      await using kafka = await startKafka({ version: '3.9.1', own: true })
      await createTopic(kafka, 'old')
      await kafka.kill()
      await kafka.start()
      expect(await listTopics(kafka)).toEqual(['old'])
    })
  },
  { version: '3.9.1', own: true },
)

await describeWithRegistry(
  'a schema registry',
  () => {
    it('gives the same schemas under the same ids after it was killed', async () => {
      await using registry = await startTestRegistry(true)
      const schema = JSON.stringify({ type: 'record', name: 'A', fields: [{ name: 'a', type: 'int' }] })
      const registered = await fetch(`${registry.url}/subjects/a-value/versions`, {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify({ schema }),
      })
      const { id } = (await registered.json()) as { id: number }
      await registry.kill()
      await expect(fetch(registry.url)).rejects.toThrow()
      await registry.start()
      const found = await fetch(`${registry.url}/schemas/ids/${id}`)
      expect(await found.json()).toMatchObject({ schema })
    })
  },
  true,
)

await describeWithKafka(
  'weir kafka',
  () => {
    const data = join(folder, 'resident')
    const alone = { KAFKA_BROKERS: '' }
    const kafka = async (...args: string[]) => {
      const { code, stdout, stderr } = await weir(['kafka', ...args, '--data', data, '--json'], alone).ended
      return { code, stderr, said: JSON.parse(stdout) as Record<string, unknown> }
    }
    const up = async (...args: string[]) => kafka('up', '--port', '0', '--with', 'java', ...args)

    afterEach(async () => {
      await kafka('down')
    })

    it('starts a broker once, finds it again, and stops it', async () => {
      expect(await kafka('status')).toMatchObject({ code: 4, said: { bootstrap: null } })
      const first = await up()
      expect(first).toMatchObject({ code: 0, said: { source: 'java', version: '4.3.0', data } })
      const { bootstrap, pid } = first.said
      await createTopic({ bootstrap: [String(bootstrap)] }, 'kept')
      expect((await up()).said).toEqual(first.said)
      expect(await kafka('status')).toMatchObject({ code: 0, said: { bootstrap, pid } })
      expect(await kafka('down')).toMatchObject({ code: 0, said: { stopped: ['kafka'] } })
      expect(lives(Number(pid))).toBe(false)
      const again = await up()
      const broker = { bootstrap: [String(again.said['bootstrap'])] }
      expect(await listTopics(broker)).toEqual(['kept'])
    })

    it('stops nothing that it did not start, though it has the process id', async () => {
      const running = { broker: { bootstrap: '127.0.0.1:1', version: '4.3.0', pid: process.pid } }
      writeFileSync(join(data, 'running.json'), JSON.stringify(running))
      expect(await kafka('status')).toMatchObject({ code: 4 })
      expect(await kafka('down')).toMatchObject({ code: 0, said: { stopped: [] } })
    })

    it('refuses a port that is taken, and a version that it does not know', async () => {
      const other = createServer().listen(0, '127.0.0.1')
      await once(other, 'listening')
      const port = String((other.address() as AddressInfo).port)
      const taken = await kafka('up', '--port', port, '--with', 'java')
      expect(taken).toMatchObject({
        code: 1,
        said: { error: expect.stringContaining(`port ${port} is in use`) as string },
      })
      other.close()
      const unknown = await kafka('up', '--port', '0', '--version', '2.8.0')
      expect(unknown).toMatchObject({
        code: 2,
        said: { error: expect.stringContaining('there are 4.3.0, 3.9.1') as string },
      })
    })

    it('starts nothing where KAFKA_BROKERS names a broker, but asks whether it answers', async () => {
      const named = { KAFKA_BROKERS: (await sharedKafka()).bootstrap.join() }
      const args = ['kafka', 'up', '--data', join(folder, 'named'), '--json']
      const found = await weir(args, named).ended
      expect(JSON.parse(found.stdout)).toMatchObject({
        source: 'KAFKA_BROKERS',
        bootstrap: named.KAFKA_BROKERS,
        pid: null,
      })
      expect(await weir(args, { KAFKA_BROKERS: '127.0.0.1:1' }).ended).toMatchObject({ code: 1 })
    })
  },
  { process: true },
)
