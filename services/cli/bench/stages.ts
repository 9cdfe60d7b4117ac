/** The stages of warn as processes of their own, as `weir start` runs them, and where they stand in the log. */
import { setTimeout as delay } from 'node:timers/promises'
import { topics } from '../../../schemas/topics.ts'
import type { TopicSpec } from '../../../schemas/topics.ts'
import { PositionReader } from '../../platform/log/kafka/positions.ts'
import { groupTopics } from '../../platform/log/kafka/topics/internal.ts'
import type { WireClient } from '../../platform/log/kafka/wire/client.ts'
import { storedTopicName } from '../../platform/log/names.ts'
import { startChild } from '../start/child.ts'
import type { Child } from '../start/child.ts'
import { processes } from '../start/processes.ts'
import type { Bed } from './bed.ts'

/** A stage by the name of its process, which is also its group's. */
export type StageName = 'warn-split' | 'warn-score'

const inputs: Readonly<Record<StageName, TopicSpec>> = {
  'warn-split': topics.transactions,
  'warn-score': topics.flows,
}

const stopGraceMs = 20_000
const linesKept = 5
const lineLengthMax = 500

/** A running stage. */
export interface Stage {
  readonly name: StageName
  readonly pid: number | undefined
  /** Rejects when it ends before it is asked to. */
  readonly failed: Promise<never>
  stop(): Promise<void>
}

/** Starts a stage. @param profileDirectory where it leaves a profile of its processor time when it ends */
export function startStage(bed: Bed, name: StageName, run: string, profileDirectory?: string): Stage {
  const { main, args } = processes[name]
  const lines: string[] = []
  const profiling =
    profileDirectory === undefined
      ? {}
      : {
          NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileDirectory} --cpu-prof-name=${run}-${name}.cpuprofile`,
        }
  const child: Child = startChild(
    { name, main, args, environment: { ...bed.environment(`${run}-${name}`), ...profiling } },
    {
      line: (text) => {
        lines.push(text.slice(0, lineLengthMax))
        if (lines.length > linesKept) lines.shift()
      },
      status: () => undefined,
    },
  )
  let isStopping = false
  const failed = child.ended.then(({ code, signal }) => {
    if (isStopping) return new Promise<never>(() => undefined)
    throw new Error(`${name} ended with ${signal ?? code ?? '?'}; it said last:\n${lines.join('\n')}`)
  })
  failed.catch(() => undefined)
  return {
    name,
    pid: child.pid,
    failed,
    async stop() {
      isStopping = true
      await child.stop(stopGraceMs)
    },
  }
}

/** Rejects when a stage ends before the work is done. */
export async function orFailed<T>(work: Promise<T>, stages: readonly Stage[]): Promise<T> {
  return Promise.race([work, ...stages.map(async ({ failed }) => failed)])
}

/** What the stages write and where they stand: made beforehand, so that a bench can look at it from the first moment on. */
export function firstTopics({ partitions }: Bed): readonly TopicSpec[] {
  const positions = Object.entries(inputs).map(
    ([name, input]) => groupTopics(name, { ...input, partitions }).positions,
  )
  return [topics.flows, topics.warnings, topics.outcomes, ...positions]
}

/** Where the tasks of a stage stand. */
export class Standing {
  private readonly reader: PositionReader
  private readonly partitions: number

  constructor(wire: WireClient, bed: Bed, name: StageName) {
    const { positions } = groupTopics(name, inputs[name])
    this.reader = new PositionReader(wire, storedTopicName(positions, bed.prefix))
    this.partitions = bed.partitions
  }

  /** Resolves when `any` or `all` tasks have taken their partitions over. */
  async takenOver(which: 'any' | 'all', signal: AbortSignal): Promise<void> {
    for (;;) {
      const positions = await this.positions()
      const taken = positions.filter((position) => position !== undefined).length
      if (taken > 0 && (which === 'any' || taken === this.partitions)) return
      await delay(10, undefined, { signal })
    }
  }

  private async positions(): Promise<(number | undefined)[]> {
    const partitions = Array.from({ length: this.partitions }, (_, partition) => partition)
    return Promise.all(partitions.map(async (partition) => (await this.reader.newest(partition))?.next))
  }

  /** Resolves when everything before these offsets is done and committed. One partition is asked at a time, not to disturb. */
  async reached(ends: readonly number[], signal: AbortSignal, told: (next: number) => void): Promise<void> {
    for (const [partition, end] of ends.entries()) {
      for (;;) {
        const next = (await this.reader.newest(partition))?.next ?? 0
        if (next >= end) break
        told(next / end)
        await delay(50, undefined, { signal })
      }
    }
  }
}
