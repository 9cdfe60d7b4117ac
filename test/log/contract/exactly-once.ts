/** Contract: whatever fails wherever, and whoever takes over, every record is counted once. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checked } from '../../support/seed.ts'
import type { Log, TaskOptions } from '../../../services/platform/log/port.ts'
import type { Step } from './counting.ts'
import { countingProcessor, expectedCounts } from './counting.ts'
import type { LogUnderTest, OpenOptions, Started } from './harness.ts'
import {
  caughtUp,
  gate,
  asError,
  isCaughtUp,
  newName,
  newTopic,
  publish,
  quickRestart,
  record,
  start,
  texts,
  until,
} from './harness.ts'

type Fault = Step | 'commit-before' | 'commit-after'

/** One opener's life: which of its steps fail (counted per kind), how it reads, how it ends. */
interface Life {
  readonly faults: readonly { readonly at: Fault; readonly nth: number }[]
  readonly maxRecords: number
  readonly checkpointEvery: number
  readonly batches: number
  /** `close` – in order; `abandon` – left running while the next one takes over. */
  readonly end: 'close' | 'abandon'
}

const life: fc.Arbitrary<Life> = fc.record({
  faults: fc.array(
    fc.record({
      at: fc.constantFrom<Fault[]>('open', 'process-begin', 'process-end', 'commit-before', 'commit-after'),
      nth: fc.integer({ min: 1, max: 6 }),
    }),
    { maxLength: 6 },
  ),
  maxRecords: fc.integer({ min: 1, max: 12 }),
  checkpointEvery: fc.integer({ min: 1, max: 6 }),
  batches: fc.integer({ min: 0, max: 6 }),
  end: fc.constantFrom('close', 'abandon'),
})

/** Throws at the planned steps. */
function injector(faults: Life['faults']): (at: Fault) => void {
  const counted = new Map<Fault, number>()
  return (at) => {
    const nth = (counted.get(at) ?? 0) + 1
    counted.set(at, nth)
    if (faults.some((fault) => fault.at === at && fault.nth === nth))
      throw new Error(`injected: ${at} ${nth}`)
  }
}

function openOptions(inject: (at: Fault) => void, isReady: () => boolean): OpenOptions {
  const hit = (at: Fault) => () => {
    if (isReady()) inject(at)
  }
  return { restart: quickRestart, faults: { before: hit('commit-before'), after: hit('commit-after') } }
}

/** Exactly once. */
export function exactlyOnceContract(current: () => LogUnderTest, runs: number): void {
  describe('G1: exactly once', () => {
    test('every record is counted once, whatever fails and whoever takes over', async () => {
      const keys = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 60 })
      await checked(
        fc.asyncProperty(keys, fc.array(life, { minLength: 1, maxLength: 4 }), (inputs, lives) =>
          survives(current(), inputs, lives),
        ),
        runs,
      )
    })

    test('a zombie with a batch in hand writes nothing once somebody younger has taken over', async () => {
      const [topic, output, group] = [newTopic(), newTopic(), newName()]
      const older = await current().open({ restart: quickRestart })
      await older.ensureTopics([topic, output])
      const inputs = [1, 2, 3, 4].map((n) => record(topic, 'a', n))
      await publish(older, inputs)
      const [arrived, release] = [gate(), gate()]
      const counting = countingProcessor({ output, checkpointEvery: 1 })
      const slow: TaskOptions['open'] = (partition, state) => {
        const processor = counting(partition, state)
        return {
          process: async (batch) => {
            const result = await processor.process(batch)
            arrived.open()
            await release.passed
            return result
          },
        }
      }
      const zombie = start(older.task({ group, topic, maxRecords: 2, open: slow }))
      await arrived.passed
      current().stall?.(older)
      const younger = await current().open({ restart: quickRestart })
      const heir = start(younger.task({ group, topic, maxRecords: 3, open: counting }))
      await caughtUp(younger, group, topic, heir)
      release.open()
      await older.close()
      expect(zombie.progress).toEqual([])
      expect(await texts(younger, output, 0)).toEqual(expectedCounts(inputs, 1)[0])
    })
  })
}

async function survives(log: LogUnderTest, inputs: readonly string[], lives: readonly Life[]): Promise<void> {
  const [topic, output, group] = [newTopic(2), newTopic(2), newName()]
  const records = inputs.map((key, n) => record(topic, key, n))
  const setUp = await log.open()
  await setUp.ensureTopics([topic, output])
  await publish(setUp, records.slice(0, inputs.length / 2))
  const opened: Log[] = [setUp]
  for (const one of lives) {
    const { opener, started } = await live(log, { group, topic }, output, one)
    opened.push(opener)
    if (one.end === 'close') await opener.close()
    else if (one.batches % 2 === 0) started.stop()
  }
  await publish(setUp, records.slice(inputs.length / 2))
  const last = start(setUp.task({ group, topic, open: countingProcessor({ output, checkpointEvery: 2 }) }))
  await caughtUp(setUp, group, topic, last)
  expect(await Promise.all([texts(setUp, output, 0), texts(setUp, output, 1)])).toEqual(
    expectedCounts(records, 2),
  )
  last.stop()
  for (const one of opened) await one.close()
}

async function live(
  log: LogUnderTest,
  task: Pick<TaskOptions, 'group' | 'topic'>,
  output: TaskOptions['topic'],
  plan: Life,
): Promise<{ readonly opener: Log; readonly started: Started }> {
  const inject = injector(plan.faults)
  let isReady = false
  const opener = await log.open(openOptions(inject, () => isReady))
  isReady = true
  const open = countingProcessor({ output, checkpointEvery: plan.checkpointEvery, at: inject })
  const started = start(opener.task({ ...task, maxRecords: plan.maxRecords, open }))
  let failure: { readonly error: unknown } | undefined
  started.ended.catch((error: unknown) => (failure = { error }))
  await until(async () => {
    if (failure) throw asError(failure.error)
    if (started.progress.length >= plan.batches) return true
    return isCaughtUp(opener, task.group, task.topic)
  })
  return { opener, started }
}
