import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'oxc-parser'
import type { ParseResult } from 'oxc-parser'

/** One file of the repository, path relative to its root with `/`. */
export interface Source {
  readonly path: string
  readonly text: string
}

/** A TypeScript file with what the parser made of it. */
export interface ParsedSource extends Source {
  readonly parsed: ParseResult
}

/** What a rule has against a line, and what to do about it. */
export interface Finding {
  readonly path: string
  readonly line: number
  readonly rule: string
  readonly advice: string
}

const skipped = new Set(['node_modules', 'dist', 'coverage', 'testdata', 'golden'])
const texts = /\.(?:ts|tsx|js|css|html|md|json|avsc|ya?ml|sh|sql)$/

/** Every text file below `root`, except what is generated, installed or hidden (but `.ci`). */
export function readSources(root: string, folder = ''): Source[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (skipped.has(entry.name) || (entry.name.startsWith('.') && entry.name !== '.ci')) return []
    if (entry.isDirectory()) return readSources(root, path)
    const isText = texts.test(entry.name) || path.startsWith('.ci/')
    if (!isText || entry.name === 'package-lock.json') return []
    return [{ path, text: readFileSync(join(root, path), 'utf8') }]
  })
}

/** Whether a path is a TypeScript module. */
export function isModule(path: string): boolean {
  return /\.tsx?$/.test(path)
}

/** Whether a path is a specification, its fixture, or a contract suite that specifications run against every adapter. */
export function isSpec(path: string): boolean {
  return /(?:\.spec\.tsx?|\.fixture\.tsx?|\/contract\.ts)$/.test(path)
}

/** Parses a TypeScript file. @throws Error when it is not valid TypeScript */
export function parse(source: Source): ParsedSource {
  const parsed = parseSync(source.path, source.text)
  const [error] = parsed.errors
  if (error !== undefined) throw new Error(`${source.path} does not parse: ${error.message}`)
  return { ...source, parsed }
}

/** Line of a character offset, counted from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
