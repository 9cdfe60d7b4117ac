/** The embedded database between processes: one opener at a time, nothing acknowledged is lost by SIGKILL. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../services/platform/store/open.ts'

interface Tables {
  readonly entry: { readonly number: number; readonly side: string }
}

let directory = ''
const children = new Set<ChildProcess>()

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weir-crash-'))
})
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
  rmSync(directory, { recursive: true, force: true })
})

function startWriter(): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'writer.ts'), directory], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  children.add(child)
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
  children.delete(child)
}

/** Lines the child prints, until `enough` says so. */
async function linesUntil(
  child: ChildProcess,
  enough: (lines: readonly string[]) => boolean,
): Promise<string[]> {
  if (child.stdout === null) throw new Error('the child was started with a pipe')
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (enough(lines)) return lines
  }
  throw new Error(`the writer ended after ${lines.length} lines`)
}

async function entries(): Promise<readonly { number: number; sides: number }[]> {
  const database = await openDatabase({ kind: 'pglite', directory })
  const { db } = await database.open<Tables>({
    schema: 'crash',
    migrations: new URL('./migrations/', import.meta.url),
  })
  const rows = await db
    .selectFrom('entry')
    .select(({ fn }) => ['number' as const, fn.countAll<number>().as('sides')])
    .groupBy('number')
    .orderBy('number')
    .execute()
  await database.close()
  return rows
}

describe('the embedded database', () => {
  it('has every acknowledged transaction, whole, after its process was killed again and again', async () => {
    let acknowledged = 0
    for (const more of [40, 60]) {
      const writer = startWriter()
      const lines = await linesUntil(writer, (seen) => seen.length > more)
      await kill(writer)
      acknowledged = Number(lines.at(-1))
    }
    const found = await entries()
    expect(found.length).toBeGreaterThanOrEqual(acknowledged)
    expect(found).toEqual(found.map((_, index) => ({ number: index + 1, sides: 2 })))
  })

  it('starts anew when the very first start was killed while the directory was being filled', async () => {
    const writer = startWriter()
    while (!existsSync(join(directory, 'pglite', 'PG_VERSION'))) await sleep(1)
    await kill(writer)
    expect(existsSync(join(directory, 'filling'))).toBe(true)
    expect(await entries()).toEqual([])
  })

  it('refuses a second process, and names the one that has it', async () => {
    const writer = startWriter()
    await linesUntil(writer, () => true)
    const second = openDatabase({ kind: 'pglite', directory })
    await expect(second).rejects.toMatchObject({
      name: 'StoreError',
      code: 'locked',
      message: expect.stringContaining(`process ${writer.pid}`) as unknown,
    })
  })

  it('refuses a second opener in the same process until the first has closed', async () => {
    const first = await openDatabase({ kind: 'pglite', directory })
    await expect(openDatabase({ kind: 'pglite', directory })).rejects.toMatchObject({ code: 'locked' })
    await first.close()
    const second = await openDatabase({ kind: 'pglite', directory })
    await second.close()
  })
})
