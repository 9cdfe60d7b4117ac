import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Type from 'typebox'
import type { Static } from 'typebox'
import { Check } from 'typebox/value'
import { CommandError, exitCodes } from '../terminal.ts'

/** The servers on which a demo keeps what is not in its folder, and the name under which it does. */
const DemoServers = Type.Object({
  /** Part of its topic names, and of the comment on its schemas. */
  id: Type.String({ pattern: '^[0-9a-f]{8}$' }),
  kafka: Type.Boolean(),
  postgres: Type.Boolean(),
})
export type DemoServers = Static<typeof DemoServers>

/** What a second start must know to go on where the first one was; everything else is in the log and the database. */
const DemoState = Type.Object({
  version: Type.Literal(1),
  seed: Type.Integer(),
  transactions: Type.Integer({ minimum: 1 }),
  days: Type.Integer({ minimum: 1 }),
  /** Start of the simulated period, ms since 1970. */
  start: Type.Integer(),
  /** Rows that arrive until this district time are published, or about to be: written when the crew has come so far, before the rows are. */
  now: Type.Integer(),
  /** Absent: everything is in the folder. */
  servers: Type.Optional(DemoServers),
})
export type DemoState = Static<typeof DemoState>

function fileIn(directory: string): string {
  return join(directory, 'demo.json')
}

/** @returns undefined before the first start. @throws CommandError when the file is not one of ours */
export async function loadDemoState(directory: string): Promise<DemoState | undefined> {
  let text: string
  try {
    text = await readFile(fileIn(directory), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const state: unknown = JSON.parse(text)
  if (!Check(DemoState, state)) {
    throw new CommandError(
      `${fileIn(directory)} does not describe a demo of this version. Start afresh with --reset, or choose another --data directory.`,
      exitCodes.validation,
    )
  }
  return state
}

/** The servers that hold part of a demo, also of one that another version made; undefined when there are none. */
export async function loadDemoServers(directory: string): Promise<DemoServers | undefined> {
  const state: unknown = JSON.parse(await readFile(fileIn(directory), 'utf8'))
  const servers =
    typeof state === 'object' && state !== null && 'servers' in state ? state.servers : undefined
  return Check(DemoServers, servers) ? servers : undefined
}

/** Replaces the file in one step, so that a crash leaves the old or the new one. */
export async function saveDemoState(directory: string, state: DemoState): Promise<void> {
  const next = `${fileIn(directory)}.next`
  await writeFile(next, `${JSON.stringify(state)}\n`)
  await rename(next, fileIn(directory))
}
