import { describe, expect, it } from 'vitest'
import { checkHouse } from '../scripts/house-rules.ts'

const runtime = new Set(['kafkajs', 'lmdb', 'typebox'])

/** Rules that one file breaks. */
function broken(path: string, text: string): string[] {
  return checkHouse([{ path, text }], runtime).map(({ rule }) => rule)
}

describe('import boundaries', () => {
  it.each([
    ['services/warn/app.ts', '../casework/app.ts'],
    ['services/warn/app.ts', '../cli/main.ts'],
    ['services/warn/shell/loop.ts', '../../web/app.ts'],
    ['services/platform/log/kafka.ts', '../../warn/app.ts'],
    ['services/warn/app.unit.spec.ts', '../casework/app.ts'],
    ['schemas/codec.ts', '../services/platform/clock.ts'],
    ['services/warn/core/score.ts', '../shell/loop.ts'],
    ['services/warn/core/score.ts', '../../platform/log/port.ts'],
    ['services/warn/app.ts', '../../test/support/seed.ts'],
    ['services/cli/main.ts', '../../scripts/house-rules.ts'],
  ])('refuse %s importing %s', (path, specifier) => {
    expect(broken(path, `import { x } from '${specifier}'\nx()`)).toEqual(['import-boundary'])
    expect(broken(path, `await import('${specifier}')`)).toEqual(['import-boundary'])
    expect(broken(path, `export { x } from '${specifier}'`)).toEqual(['import-boundary'])
  })

  it.each([
    ['services/warn/app.ts', '../platform/log/port.ts'],
    ['services/warn/app.ts', '../../schemas/topics.ts'],
    ['services/warn/core/score.ts', './window.ts'],
    ['services/warn/core/score.ts', '../../platform/calendar/day.ts'],
    ['services/warn/core/score.unit.spec.ts', '../../../test/support/seed.ts'],
    ['services/cli/main.ts', '../casework/app.ts'],
    ['test/loop.e2e.spec.ts', '../services/casework/app.ts'],
    ['schemas/http/casework.ts', './common.ts'],
  ])('let %s import %s', (path, specifier) => {
    expect(broken(path, `import { x } from '${specifier}'\nx()`)).toEqual([])
  })

  it('let a core name the types of a port', () => {
    expect(
      broken('services/warn/core/score.ts', `import type { Batch } from '../../platform/log/port.ts'`),
    ).toEqual([])
  })

  it('keep kafkajs behind its corrections', () => {
    expect(broken('services/warn/app.ts', `import 'kafkajs'`)).toEqual(['import-boundary'])
    expect(broken('test/kafka/one.int.spec.ts', `import { Kafka } from 'kafkajs'\nKafka()`)).toEqual([
      'import-boundary',
    ])
    expect(broken('services/platform/log/kafka/kafkajs/door.ts', `import 'kafkajs'`)).toEqual([])
  })

  it('keep development packages out of the product, and everything that acts out of cores', () => {
    expect(broken('services/warn/app.ts', `import 'vitest'`)).toEqual(['import-boundary'])
    expect(broken('services/warn/app.ts', `import 'lmdb'`)).toEqual([])
    expect(broken('services/warn/core/score.ts', `import 'kafkajs'`)).toEqual(['import-boundary'])
    expect(broken('services/warn/core/score.ts', `import 'node:fs'`)).toEqual(['import-boundary'])
    expect(
      broken('services/warn/core/score.ts', `import { createHash } from 'node:crypto'\ncreateHash('x')`),
    ).toEqual([])
  })
})

describe('docstrings', () => {
  it.each([
    'export const one = 1',
    'export function one() {}',
    'export class One {}',
    'export interface One {}',
    'export type One = 1',
    'export default 1',
    '/* not a docstring */\nexport const one = 1',
    '/** of something else */\nconst two = 2\nexport const one = two',
  ])('are missed on: %s', (text) => {
    expect(broken('services/warn/app.ts', text)).toEqual(['docstring'])
  })

  it('count for the type that shares the name, and are not asked of specifications', () => {
    expect(
      broken('services/warn/app.ts', `/** A thing. */\nexport const X = 1\nexport type X = typeof X`),
    ).toEqual([])
    expect(broken('services/warn/app.ts', `export { x } from './x.ts'`)).toEqual([])
    expect(broken('services/warn/app.unit.spec.ts', 'export const one = 1')).toEqual([])
  })
})

describe('cores', () => {
  it.each(['Date.now()', 'Math.random()', 'new Date()', 'process.env', 'setTimeout(f, 1)', 'console.log(1)'])(
    'may not use %s',
    (text) => {
      expect(broken('services/warn/core/score.ts', text)).toEqual(['pure-core'])
      expect(broken('services/warn/shell/score.ts', text)).toEqual([])
    },
  )

  it('may turn a given time into a date', () => {
    expect(broken('services/warn/core/score.ts', 'new Date(at)')).toEqual([])
  })
})

describe('texts', () => {
  it.each([
    ['machine-path', `const a = '/home/me/x'`],
    ['machine-path', `see /tmp/x.log`],
    ['placeholder', '// TODO later'],
    ['silenced-check', '// @ts-ignore'],
    ['silenced-check', `// oxlint-disable-next-line no-shadow`],
    ['conflict-marker', `${'<'.repeat(7)} HEAD`],
  ])('are refused for %s', (rule, text) => {
    expect(broken('docs/a.md', text)).toEqual([rule])
  })

  it('may disable one rule with a reason, and may name folders of any Unix', () => {
    expect(broken('docs/a.md', `// oxlint-disable-next-line no-shadow -- why`)).toEqual([])
    expect(broken('docs/a.md', '/usr/lib/postgresql and ${root}/work/x')).toEqual([])
  })

  it('live in folders named after what they are about', () => {
    expect(broken('services/warn/utils/a.ts', '')).toEqual(['folder-name'])
  })
})

it('a document that is pointed to must exist', () => {
  expect(broken('schemas/a.ts', '// see docs/spec/nothing.md')).toEqual(['dead-reference'])
  const both = [
    { path: 'schemas/a.ts', text: '// see docs/spec/case.md' },
    { path: 'docs/spec/case.md', text: '' },
  ]
  expect(checkHouse(both, runtime)).toEqual([])
})

it('a finding names the line and says what to do', () => {
  const [finding] = checkHouse([{ path: 'services/warn/app.ts', text: '\n\nexport const one = 1' }], runtime)
  expect(finding).toMatchObject({ path: 'services/warn/app.ts', line: 3 })
  expect(finding?.advice).toContain('say in a sentence')
})
