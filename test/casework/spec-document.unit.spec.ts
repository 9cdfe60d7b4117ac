import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commandTypes } from '../../schemas/http/casework.ts'
import { caseStates, promiseNodes, roles } from '../../schemas/http/common.ts'
import { riskTypes } from '../../schemas/reference.ts'
import { levels } from '../../services/casework/core/case.ts'
import { limitOf } from '../../services/casework/core/limits.ts'
import { permissions } from '../../services/casework/core/permissions.ts'
import { routeOf } from '../../services/casework/core/routing.ts'
import { passingStates, reservedStates, transitions } from '../../services/casework/core/transitions.ts'

const file = new URL('../../docs/spec/case.md', import.meta.url)

type Rows = readonly (readonly string[])[]

function table(head: readonly string[], rows: Rows): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

function transitionTable(): string {
  const passing: readonly string[] = [...passingStates, ...reservedStates]
  const states = caseStates.filter((state) => !passing.includes(state))
  const rows = commandTypes.map((command) => [
    `**${command}**`,
    ...states.map((state) => {
      const cell = transitions[state][command]
      return 'to' in cell ? cell.to.map((next) => `→ ${next}`).join(' or ') : `*${cell.stop}*`
    }),
  ])
  return table(['command', ...states], rows)
}

function permissionTable(): string {
  return table(
    ['role', ...commandTypes],
    roles.map((role) => [
      role,
      ...commandTypes.map((command) => permissions[role][command].replace('never', '–')),
    ]),
  )
}

function routeTable(): string {
  const cards = ['verify', 'red', 'yellow', 'green'] as const
  const rows = riskTypes.map(({ code, name }) => [
    `${code} ${name.zh}`,
    ...cards.map((card) => {
      const { lead, assist, copy, next } = routeOf(code, card)
      const parts = [`**${lead}**`, ...assist.map((one) => `+ ${one}`), ...copy.map((one) => `(${one})`)]
      return [...parts, ...(next.length > 0 ? [`→ ${next.join(', ')}`] : [])].join(' ')
    }),
  ])
  return table(['type', 'verify', 'red card', 'yellow card', 'green card'], rows)
}

function limitTable(): string {
  const rows = promiseNodes.map((node) => [
    node,
    ...levels.toReversed().map((level) => limitOf(node, 'T1', level).basis.split(' = ')[1] ?? ''),
  ])
  return table(['node', ...levels.toReversed()], rows)
}

const generated: Readonly<Record<string, () => string>> = {
  transitions: transitionTable,
  permissions: permissionTable,
  routing: routeTable,
  limits: limitTable,
}

function written(text: string): string {
  return Object.entries(generated).reduce((all, [name, make]) => {
    const block = new RegExp(`<!-- ${name} -->\n[^]*?<!-- /${name} -->`)
    expect(all).toMatch(block)
    return all.replace(block, `<!-- ${name} -->\n${make()}\n<!-- /${name} -->`)
  }, text)
}

test('docs/spec/case.md shows the tables as the code has them', () => {
  const text = readFileSync(file, 'utf8')
  const current = written(text)
  if (process.env['WEIR_WRITE_SPEC'] === '1') writeFileSync(file, current)
  else expect(text).toBe(current)
})

test('docs/spec/case.md names every kind of fact, and every test file it points to exists', () => {
  const text = readFileSync(file, 'utf8')
  const source = readFileSync(new URL('../../services/casework/core/case.ts', import.meta.url), 'utf8')
  const types = [...source.matchAll(/readonly type: '(\w+)'/g)].map((match) => match[1] ?? '')
  expect(types.length).toBeGreaterThan(15)
  const facts = text.slice(text.indexOf('## Facts'), text.indexOf('## Invariants'))
  for (const type of types) {
    const isNamed = facts.includes(`\`${type}\``)
    expect([type, isNamed]).toEqual([type, true])
  }
  const named = new Set(
    [...text.matchAll(/`([\w-]+)\.(pbt|unit|int)`/g)].map((match) => `${match[1]}.${match[2]}.spec.ts`),
  )
  for (const name of named) {
    const folder = name.includes('.int.') ? './' : '../../services/casework/core/'
    expect(() => readFileSync(new URL(`${folder}${name}`, import.meta.url))).not.toThrow()
  }
})
