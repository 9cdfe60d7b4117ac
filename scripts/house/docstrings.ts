/** Every export says what it is for. */
import { isSpec, lineAt } from './source.ts'
import type { Finding, ParsedSource } from './source.ts'

type Statement = ParsedSource['parsed']['program']['body'][number]

interface Export {
  readonly name: string
  readonly offset: number
  readonly isDerivedType: boolean
}

function bindingNames(statement: Statement): string[] {
  if (statement.type === 'ExportDefaultDeclaration') return ['default']
  if (statement.type !== 'ExportNamedDeclaration' || statement.declaration === null) return []
  const { declaration } = statement
  if (declaration.type === 'VariableDeclaration') {
    return declaration.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []))
  }
  return 'id' in declaration && declaration.id?.type === 'Identifier' ? [declaration.id.name] : []
}

/** A type that only names what a value next to it lists says nothing that the value does not say. */
function isDerivedType(statement: Statement, text: string): boolean {
  const derived = /^export type (\w+) = (?:Static<typeof \1>|keyof typeof \w+|\(typeof \w+\)\[number\])$/
  return derived.test(text.slice(statement.start, statement.end).trim())
}

function exportsOf(source: ParsedSource): Export[] {
  return source.parsed.program.body.flatMap((statement) =>
    bindingNames(statement).map((name) => ({
      name,
      offset: statement.start,
      isDerivedType: isDerivedType(statement, source.text),
    })),
  )
}

/** Checks that a docstring stands right before every export; overloads share the first one's. */
export function docstringFindings(source: ParsedSource): Finding[] {
  if (
    isSpec(source.path) ||
    source.path.endsWith('.config.ts') ||
    !/^(?:services|schemas|scripts|test\/support)\//.test(source.path)
  )
    return []
  const ends = source.parsed.comments
    .filter((comment) => comment.type === 'Block' && comment.value.startsWith('*'))
    .map((comment) => comment.end)
  const documented = new Set<string>()
  return exportsOf(source).flatMap(({ name, offset, isDerivedType: derived }) => {
    const hasDocstring = ends.some((end) => end <= offset && source.text.slice(end, offset).trim() === '')
    if (hasDocstring) documented.add(name)
    if (hasDocstring || derived || documented.has(name)) return []
    const advice = `'${name}' is exported without a docstring: say in a sentence what it is for, then shapes, units, errors, ordering`
    return [{ path: source.path, line: lineAt(source.text, offset), rule: 'docstring', advice }]
  })
}
