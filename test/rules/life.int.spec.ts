/** `weir rules` as people run it: in processes of its own, beside running services on the same data. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { weir } from '../support/weir.ts'
import type { Ended } from '../support/weir.ts'

const directory = await mkdtemp(join(tmpdir(), 'weir-rules-'))
const environment = { WEIR_DATA_DIRECTORY: join(directory, 'data') }
const shipped = parse(
  await readFile(new URL('../../services/warn/rules/default.yaml', import.meta.url), 'utf8'),
) as { readonly version: number; readonly rules: readonly Record<string, unknown>[] }

const run = (...args: string[]): Promise<Ended> => weir(['rules', ...args], environment).ended
const json = ({ stdout }: Ended): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>

/** A file with R02's line somewhere else. */
async function ruleFile(version: number, total: string): Promise<string> {
  const path = join(directory, `rules-${version}-${total}.yaml`)
  const rules = shipped.rules.map((rule) =>
    rule['id'] === 'R02'
      ? { ...rule, version: version + 1, levels: [{ level: 'blue', any: [{ total }] }] }
      : rule,
  )
  await writeFile(path, stringify({ ...shipped, version, rules }))
  return path
}

afterAll(async () => rm(directory, { recursive: true, force: true }))

describe('weir rules', () => {
  let file = ''
  let other = ''
  beforeAll(async () => {
    file = await ruleFile(shipped.version + 1, '400000')
    other = await ruleFile(shipped.version + 1, '450000')
  })

  it('publishes nothing without a draft, a second person, and the very content that was reviewed', async () => {
    const version = String(shipped.version + 1)
    expect(await run('history', '--json')).toMatchObject({ code: 4 })
    expect(await run('draft', file, '--as', 'li', '--reason', 'a lower line')).toMatchObject({ code: 0 })
    const alone = await run('publish', file, '--as', 'li', '--json')
    expect(alone.code).toBe(3)
    expect(json(alone)).toMatchObject({ code: 'not_reviewed' })
    expect(alone.stderr).toContain(`weir rules review default/${version} --as`)
    const self = await run('review', version, '--as', 'LI', '--json')
    expect([self.code, json(self)['code']]).toEqual([3, 'same_person'])
    const shown = await run('show', version)
    expect(shown.stderr).toContain('waiting for a review  li')
    // What is shown is what is signed.
    const copy = join(directory, 'shown.yaml')
    await writeFile(copy, shown.stdout)
    expect(await run('review', copy, '--as', 'wang')).toMatchObject({ code: 0 })
    const swapped = await run('publish', other, '--as', 'li', '--json')
    expect([swapped.code, json(swapped)['code']]).toEqual([3, 'other_content'])
    expect(await run('publish', file, '--as', 'li')).toMatchObject({ code: 0 })
    const again = await run('publish', version, '--as', 'li', '--json')
    expect([again.code, json(again)['outcome']]).toEqual([0, 'done'])
    expect(json(await run('history', '--json'))).toMatchObject({
      in_force: `default/${version}`,
      steps: [
        { step: 'drafted', by: 'li', why: 'a lower line' },
        { step: 'reviewed', by: 'wang' },
        { step: 'activated', by: 'li', approver: 'wang' },
      ],
    })
  })

  it('switches a rule off by one person, on again by two, and tells who', async () => {
    expect(await run('kill', 'R02', '--as', 'li')).toMatchObject({ code: 3 })
    expect(await run('kill', 'R02', '--as', 'li', '--reason', 'floods us')).toMatchObject({ code: 0 })
    expect(await run('restore', 'R02', '--as', 'li')).toMatchObject({ code: 0 })
    expect(await run('restore', 'R02', '--as', 'li')).toMatchObject({ code: 3 })
    const history = await run('history')
    expect(history.stdout).toContain('关停 switched off  li  “floods us”')
    expect(history.stdout).toContain('已关停 switched off: R02, li; li 申请恢复')
    expect(await run('restore', 'R02', '--as', 'wang')).toMatchObject({ code: 0 })
    expect(json(await run('history', '--json'))).toMatchObject({ switched_off: [] })
  })

  it.each([
    ['a set that is not on record', ['publish', '77'], 4, /there is no draft/],
    ['to show what is not there', ['show', 'default/77'], 4, /there is no draft/],
    ['a file that is not there', ['draft', 'nothing.yaml'], 4, /there is no file nothing.yaml/],
    ['a rule that is not there', ['kill', 'R99', '--reason', 'x'], 4, /has no rule R99/],
    ['the product’s own name', ['kill', 'R02', '--as', 'weir', '--reason', 'x'], 3, /product's own name/],
    ['a shadow of nothing', ['shadow'], 2, /or --off/],
  ])('refuses %s and says what to do', async (_, args, code, message) => {
    const ended = await run(...args)
    expect(ended.code).toBe(code)
    expect(ended.stderr).toMatch(message)
    expect(ended.stdout).toBe('')
  })
})
