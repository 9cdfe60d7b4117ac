import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadOrCreateDemoKeys } from './keys.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-keys-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

test('Demo keys are made once, for the owner alone, and read from then on', async () => {
  const file = join(directory, 'deep', 'identity.keys.json')
  const made = await loadOrCreateDemoKeys(file)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await loadOrCreateDemoKeys(file)).toEqual(made)
})

test('Processes that start together get the same keys and leave no drafts', async () => {
  const folder = join(directory, 'together')
  const all = await Promise.all(
    Array.from({ length: 8 }, () => loadOrCreateDemoKeys(join(folder, 'keys.json'))),
  )
  for (const keys of all) expect(keys).toEqual(all[0])
  expect(await readdir(folder)).toEqual(['keys.json'])
})

test('A key file that others can read, or that is something else, is refused', async () => {
  const file = join(directory, 'open.json')
  await loadOrCreateDemoKeys(file)
  await chmod(file, 0o644)
  await expect(loadOrCreateDemoKeys(file)).rejects.toMatchObject({ code: 'key_file' })
  const other = join(directory, 'other.json')
  await writeFile(other, 'not json', { mode: 0o600 })
  await expect(loadOrCreateDemoKeys(other)).rejects.toMatchObject({ code: 'key_file' })
})
