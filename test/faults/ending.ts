/** The end of a run: everything is processed, and what waited for later payments is decided. */
import { setTimeout as delay } from 'node:timers/promises'
import pino from 'pino'
import { Registry } from 'prom-client'
import { openKafkaLog } from '../../services/platform/log/kafka/open.ts'
import type { Log } from '../../services/platform/log/port.ts'
import { startWarn } from '../../services/warn/app.ts'
import { countingTask } from './counting.ts'
import type { CrewSpec } from './crew.ts'

async function isCounted(log: Log): Promise<boolean> {
  const { group, topic } = countingTask
  const ends = await log.offsets(topic)
  const committed = await Promise.all(
    ends.map(async (_, partition) => log.committed(group, topic, partition)),
  )
  return ends.every(({ next }, partition) => (committed[partition] ?? 0) >= next)
}

/** Where the run stands at its end. */
export interface Ending {
  /** Until everything that was published was processed by every group, seconds. */
  readonly caughtUpSeconds: number
}

/**
 * Waits until all groups have read everything, tells the stages that the input is over, and waits until that is processed too.
 * @returns undefined when it took longer than `msMax`
 */
export async function endOfRun(
  spec: CrewSpec,
  directory: string,
  msMax: number,
): Promise<Ending | undefined> {
  const { brokers, prefix, partitions, replication } = spec
  const log = await openKafkaLog({
    connection: { brokers, clientId: 'faults' },
    directory,
    prefix,
    partitions,
    replication,
  })
  const telemetry = { log: pino({ level: 'silent' }), registry: new Registry() }
  const late = delay(msMax, undefined)
  const began = performance.now()
  try {
    return await Promise.race([late, finish(log, telemetry, prefix, began)])
  } finally {
    await log.close()
  }
}

async function finish(
  log: Log,
  telemetry: Parameters<typeof startWarn>[0]['telemetry'],
  prefix: string,
  began: number,
): Promise<Ending> {
  const warn = await startWarn({ log, telemetry, stages: [], prefix })
  try {
    await warn.idle()
    while (!(await isCounted(log))) await delay(50)
    const caughtUpSeconds = (performance.now() - began) / 1000
    await warn.endOfInput()
    return { caughtUpSeconds }
  } finally {
    await warn.stop()
  }
}
