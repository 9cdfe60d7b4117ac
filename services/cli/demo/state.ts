import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Type from 'typebox'
import type { Static } from 'typebox'
import { Check } from 'typebox/value'
import { CommandError, exitCodes } from '../terminal.ts'

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

/** Replaces the file in one step, so that a crash leaves the old or the new one. */
export async function saveDemoState(directory: string, state: DemoState): Promise<void> {
  const next = `${fileIn(directory)}.next`
  await writeFile(next, `${JSON.stringify(state)}\n`)
  await rename(next, fileIn(directory))
}
