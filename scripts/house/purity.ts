/** A core has no clock, no randomness, no environment: what it needs arrives as data. */
import { Visitor } from 'oxc-parser'
import { isSpec, lineAt } from './source.ts'
import type { Finding, ParsedSource } from './source.ts'

const actors: Readonly<Record<string, string>> = {
  'Date.now': 'time arrives with the record',
  'Math.random': 'ids and draws arrive as data',
  'performance.now': 'time arrives with the record',
  'crypto.randomUUID': 'ids are derived from the input',
}
const globals = new Set(['process', 'setTimeout', 'setInterval', 'setImmediate', 'fetch', 'console'])

/** Checks one file of a core. */
export function purityFindings(source: ParsedSource): Finding[] {
  if (isSpec(source.path) || !/^services\/[^/]+\/core\//.test(source.path)) return []
  const findings: Finding[] = []
  const report = (offset: number, what: string, why: string): void => {
    const advice = `a core does not use ${what}: ${why}`
    findings.push({ path: source.path, line: lineAt(source.text, offset), rule: 'pure-core', advice })
  }
  new Visitor({
    MemberExpression(node) {
      if (node.object.type !== 'Identifier' || node.property.type !== 'Identifier') return
      const name = `${node.object.name}.${node.property.name}`
      const why = actors[name]
      if (why !== undefined) report(node.start, name, why)
      else if (globals.has(node.object.name)) report(node.start, node.object.name, 'it belongs to the shell')
    },
    CallExpression(node) {
      if (node.callee.type !== 'Identifier' || !globals.has(node.callee.name)) return
      report(node.start, node.callee.name, 'it belongs to the shell')
    },
    NewExpression(node) {
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'Date' || node.arguments.length > 0)
        return
      report(node.start, 'new Date()', 'time arrives with the record')
    },
  }).visit(source.parsed.program)
  return findings
}
