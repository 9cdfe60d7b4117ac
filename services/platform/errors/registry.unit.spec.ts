import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import { describe, expect, it } from 'vitest'
import { Check } from 'typebox/value'
import { Problem } from '../../../schemas/http/common.ts'
import { AuthError } from '../auth/port.ts'
import { LogError } from '../log/port.ts'
import { errorCodes, factsOf, problem } from './registry.ts'
import type { ErrorCode, ErrorFacts } from './registry.ts'

const platform = join(import.meta.dirname, '..')

/** Error classes of the platform with the codes their source lets them carry; a class with free text as code has none. */
function classesInSource(): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const file of readdirSync(platform, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) continue
    const text = readFileSync(join(platform, file), 'utf8')
    new Visitor({
      ClassDeclaration(node) {
        if (node.superClass?.type !== 'Identifier' || node.superClass.name !== 'Error') return
        const code = node.body.body.find(
          (member) =>
            member.type === 'PropertyDefinition' &&
            member.key.type === 'Identifier' &&
            member.key.name === 'code',
        )
        if (code === undefined || node.id === null) return
        const codes = [...text.slice(code.start, code.end).matchAll(/'([a-z_]+)'/g)].map(
          (match) => match[1] ?? '',
        )
        if (codes.length > 0) found.set(node.id.name, codes.toSorted())
      },
    }).visit(parseSync(file, text).program)
  }
  return found
}

const entries = Object.entries<ErrorFacts>(errorCodes)

describe('the registry of error codes', () => {
  it('holds every code of every error class of the platform, and no other', () => {
    const registered = new Map<string, string[]>()
    for (const [code, { classes }] of entries) {
      for (const name of classes) registered.set(name, [...(registered.get(name) ?? []), code].toSorted())
    }
    expect(Object.fromEntries(registered)).toEqual(Object.fromEntries(classesInSource()))
  })

  it.each(entries)('says everything about %s', (code, { kind, retriable, status, title }) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(title.zh).toMatch(/\p{Script=Han}/u)
    expect(title.en).toMatch(/^[A-Z]/)
    expect(status).toBeGreaterThanOrEqual(400)
    if (kind === 'bug') expect({ retriable, status }).toEqual({ retriable: false, status: 500 })
    if (kind === 'conflict') expect(status).toBe(409)
  })

  it('knows an error by class and code together', () => {
    expect(factsOf(new LogError('fenced', 'x'))).toBe(errorCodes.fenced)
    expect(factsOf(new AuthError('forbidden', 403, 'x'))?.status).toBe(403)
    expect(factsOf(Object.assign(new Error('x'), { code: 'fenced' }))).toBeUndefined()
    expect(factsOf(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBeUndefined()
    expect(factsOf('fenced')).toBeUndefined()
  })
})

it.each(Object.keys(errorCodes) as ErrorCode[])(
  'problem details of %s have the shape the API promises',
  (code) => {
    const made = problem(code, 'Do this.', 'r-1')
    expect(Check(Problem, made)).toBe(true)
    expect(made).toMatchObject({ code, status: errorCodes[code].status, request_id: 'r-1' })
  },
)
