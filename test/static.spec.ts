/** The checks that need no running program, as part of the one test command: what CI runs is what anyone runs. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

it.each([
  ['the formatter has nothing to change', 'oxfmt', ['--check', '.']],
  ['the linter has nothing to say', 'oxlint', ['--deny-warnings']],
  ['every type is sound', 'tsc', ['-p', '.']],
  ['no file, export or dependency is unused', 'knip', []],
  ['the rules of the house hold', 'node', ['scripts/house-rules.ts']],
  [
    'the types of the messages are those of the newest schemas',
    'node',
    ['scripts/generate-schema-types.ts', '--check'],
  ],
])('%s', (_, command, args) => {
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules', '.bin', command), args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
  })
  expect(status, `${command} ${args.join(' ')}\n${stdout}${stderr}`).toBe(0)
})
