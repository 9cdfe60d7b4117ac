/** Every process that `weir start` can run: what it is in this process, and how it is started as one of its own. */
import { fileURLToPath } from 'node:url'
import type { ServiceProcess } from '../../platform/process/run.ts'

/** How a service becomes a process. */
export interface StartableProcess {
  /** Module to be run by Node. */
  readonly main: string
  readonly args: readonly string[]
  /** Loaded only when it runs in this process. */
  readonly load: () => Promise<ServiceProcess>
  /** Whether several of them may run side by side on one machine. */
  readonly isMany: boolean
}

function mainOf(service: string): string {
  return fileURLToPath(new URL(`../../${service}/main.ts`, import.meta.url))
}

async function loadWarn(...stages: readonly ('split' | 'score')[]): Promise<ServiceProcess> {
  const { warnProcess } = await import('../../warn/process.ts')
  return warnProcess(...stages)
}

/** By name, in order of starting. `warn` is both stages in one process. */
export const processes = {
  ingest: {
    main: mainOf('ingest'),
    args: [],
    load: async () => (await import('../../ingest/process.ts')).ingestProcess,
    isMany: true,
  },
  warn: { main: mainOf('warn'), args: [], load: () => loadWarn(), isMany: true },
  'warn-split': { main: mainOf('warn'), args: ['split'], load: () => loadWarn('split'), isMany: true },
  'warn-score': { main: mainOf('warn'), args: ['score'], load: () => loadWarn('score'), isMany: true },
  casework: {
    main: mainOf('casework'),
    args: [],
    load: async () => (await import('../../casework/process.ts')).caseworkProcess,
    isMany: false,
  },
  supervise: {
    main: mainOf('supervise'),
    args: [],
    load: async () => (await import('../../supervise/process.ts')).superviseProcess,
    isMany: false,
  },
  web: {
    main: mainOf('web'),
    args: [],
    load: async () => (await import('../../web/process.ts')).webProcess,
    isMany: false,
  },
} as const satisfies Readonly<Record<string, StartableProcess>>

/** Name of a process. */
export type ProcessName = keyof typeof processes

/** All names, in order of starting. */
export const processNames = Object.keys(processes) as readonly ProcessName[]

/** What `weir start` without names runs: every stage by itself, and ingest when there is a folder to follow. */
export function defaultProcesses(ingestDirectory: string | undefined): readonly ProcessName[] {
  return processNames.filter(
    (name) => name !== 'warn' && (name !== 'ingest' || ingestDirectory !== undefined),
  )
}
