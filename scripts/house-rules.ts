/** Checks the rules of this house that no tool on the market knows (CONTRIBUTING.md, "House rules"). Exit code 1 and advice when one is broken. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { boundaryFindings } from './house/boundaries.ts'
import { docstringFindings } from './house/docstrings.ts'
import { purityFindings } from './house/purity.ts'
import { isModule, lineAt, parse, readSources } from './house/source.ts'
import type { Finding, Source } from './house/source.ts'
import { textFindings } from './house/text.ts'

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** Documents that are pointed to must exist: a reference to nothing is worse than none. */
function referenceFindings({ path, text }: Source, documents: ReadonlySet<string>): Finding[] {
  if (path === 'test/house-rules.unit.spec.ts') return []
  return [...text.matchAll(/\bdocs\/[\w/-]+\.md\b/g)].flatMap((match) => {
    if (documents.has(match[0])) return []
    const line = lineAt(text, match.index)
    return [
      { path, line, rule: 'dead-reference', advice: `there is no ${match[0]}: write it, or name another` },
    ]
  })
}

/** Checks all files together. @param runtime packages the product may use at run time */
export function checkHouse(sources: readonly Source[], runtime: ReadonlySet<string>): Finding[] {
  const documents = new Set(sources.map(({ path }) => path))
  return sources.flatMap((source) => {
    const inText = [...textFindings(source), ...referenceFindings(source, documents)]
    if (!isModule(source.path)) return inText
    const parsed = parse(source)
    return [
      ...inText,
      ...boundaryFindings(parsed, runtime),
      ...docstringFindings(parsed),
      ...purityFindings(parsed),
    ]
  })
}

function main(): void {
  const root = join(import.meta.dirname, '..')
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
  const runtime = new Set(
    [manifest.dependencies, manifest.optionalDependencies, manifest.peerDependencies].flatMap((group) =>
      Object.keys(group ?? {}),
    ),
  )
  const sources = readSources(root)
  const findings = checkHouse(sources, runtime)
  for (const { path, line, rule, advice } of findings) {
    process.stdout.write(`${path}:${line} ${rule}: ${advice}\n`)
  }
  process.stdout.write(`${sources.length} files, ${findings.length} finding(s)\n`)
  if (findings.length > 0) process.exitCode = 1
}

if (import.meta.main) main()
