/** Checks the rules of this house that no tool on the market knows (CONTRIBUTING.md, "House rules"). Exit code 1 and advice when one is broken. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { boundaryFindings } from './house/boundaries.ts'
import { docstringFindings } from './house/docstrings.ts'
import { purityFindings } from './house/purity.ts'
import { isModule, parse, readSources } from './house/source.ts'
import type { Finding, Source } from './house/source.ts'
import { textFindings } from './house/text.ts'

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** Checks all files together. @param runtime packages the product may use at run time */
export function checkHouse(sources: readonly Source[], runtime: ReadonlySet<string>): Finding[] {
  return sources.flatMap((source) => {
    if (!isModule(source.path)) return textFindings(source)
    const parsed = parse(source)
    return [
      ...textFindings(source),
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
