/** What the peer benchmark tells a contender, and what its processes tell each other. */
import { topics } from '../../schemas/topics.ts'

/** Where to read, write and keep state. */
export interface PeerSettings {
  readonly bootstrap: readonly string[]
  readonly input: string
  readonly output: string
  /** Prefix of everything that is made at the broker. */
  readonly prefix: string
  readonly directory: string
  /** Of the input and of what is made. */
  readonly partitions: number
}

/** Reads them. @throws Error naming the variable that is missing */
export function settingsOf(environment: NodeJS.ProcessEnv): PeerSettings {
  const read = (name: string): string => {
    const value = environment[name]
    if (value === undefined || value === '') throw new Error(`${name} is not set: the peer benchmark sets it`)
    return value
  }
  return {
    bootstrap: read('BOOTSTRAP').split(','),
    input: read('TOPIC'),
    output: read('OUT'),
    prefix: read('RUN_ID'),
    directory: read('STATE_DIR'),
    partitions: topics.transactions.partitions,
  }
}

/** What a stage tells its parent. */
export type Report =
  | { readonly report: 'loaded' }
  /** All partitions are taken over. */
  | { readonly report: 'ready' }
  | { readonly report: 'used'; readonly cpuSeconds: number; readonly peakMib: number }

/** Says a word to the benchmark, on a line of its own. */
export function said(word: 'READY' | 'FIRST' | 'STATS', what: number | string): void {
  process.stdout.write(`${word} ${what}\n`)
}

/** Signals that end a contender. The benchmark asks every process for a dump of its threads when all is done, with SIGQUIT, as of a JVM. */
export const endings = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const
