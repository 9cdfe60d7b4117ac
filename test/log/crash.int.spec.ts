import fc from 'fast-check'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Log } from '../../services/platform/log/port.ts'
import { seed } from '../support/seed.ts'
import { temporaryLog } from '../support/temporary-log.ts'
import { expectedCounts } from './contract/counting.ts'
import { all, caughtUp, start, texts, until } from './contract/harness.ts'
import {
  crashGroup,
  crashInput,
  crashOutput,
  crashProcessor,
  crashPublisher,
  crashRecords,
  crashRecordsPerPublish,
} from './crash-task.ts'

const kills = 20

function spawnChild(role: 'publish' | 'count', directory: string): ChildProcess {
  const script = fileURLToPath(new URL('crash-child.ts', import.meta.url))
  return spawn(process.execPath, [script, role, directory], { stdio: ['ignore', 'ignore', 'inherit'] })
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

async function position(log: Log): Promise<number> {
  const ends = await log.offsets(crashInput)
  const positions = await Promise.all(
    ends.map((_, partition) => log.committed(crashGroup, crashInput, partition)),
  )
  return positions.reduce((sum, one) => sum + one, 0)
}

/** What is missing from, and what is doubled among, the numbers 0 … count - 1; at most 100 of each. */
function differences(
  found: readonly number[],
  count: number,
): { readonly missing: number[]; readonly doubled: number[] } {
  const times = new Map<number, number>()
  for (const n of found) times.set(n, (times.get(n) ?? 0) + 1)
  const missing = Array.from({ length: count }, (_, n) => n).filter((n) => !times.has(n))
  const doubled = [...times].filter(([, of]) => of > 1).map(([n]) => n)
  return { missing: missing.slice(0, 100), doubled: doubled.slice(0, 100) }
}

test(`a publisher and a task killed ${kills} times at random moments lose nothing and double nothing`, async () => {
  await using temporary = await temporaryLog()
  const { log, directory } = temporary
  await log.ensureTopics([crashInput, crashOutput])
  const waits = fc.sample(fc.integer({ min: 0, max: 150 }), { seed, numRuns: kills })
  let publishing = spawnChild('publish', directory)
  let counting = spawnChild('count', directory)
  let killedAtWork = 0
  for (const [round, waitMs] of waits.entries()) {
    const before = await position(log)
    // Killing begins once it works: a process killed while it loads proves little.
    await until(async () => (await position(log)) > before, 'progress of the task')
    await delay(waitMs)
    if ((await position(log)) > before) killedAtWork += 1
    await kill(counting)
    counting = spawnChild('count', directory)
    if (round % 3 !== 0) continue
    await kill(publishing)
    publishing = spawnChild('publish', directory)
  }
  await kill(publishing)
  await kill(counting)
  expect(killedAtWork).toBe(kills)

  const published = await (await log.publisher(crashPublisher)).position()
  const inputs = Array.from({ length: published }, (_, index) => crashRecords(index)).flat()
  const heir = start(log.task({ group: crashGroup, topic: crashInput, open: crashProcessor }))
  await caughtUp(log, crashGroup, crashInput, heir)
  heir.stop()
  const found = [...(await all(log, crashInput, 0)), ...(await all(log, crashInput, 1))].map(
    ({ timestamp }) => timestamp,
  )
  expect(differences(found, published * crashRecordsPerPublish)).toEqual({ missing: [], doubled: [] })
  const expected = expectedCounts(inputs, 2)
  for (const partition of [0, 1])
    expect(await texts(log, crashOutput, partition)).toEqual(expected[partition])
})
