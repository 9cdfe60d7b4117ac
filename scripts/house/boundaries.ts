/** Who may import whom (ARCHITECTURE.md, "Shape"): services stand on platform and schemas, never on each other; cores on nothing that acts. */
import { posix } from 'node:path'
import { isSpec, lineAt } from './source.ts'
import type { Finding, ParsedSource } from './source.ts'

/** An import of one file: what is asked for, and whether only types are. */
interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
  readonly offset: number
}

/** Platform folders without clock, I/O and randomness: a core may stand on them. */
const purePlatform = [
  'services/platform/calendar/',
  'services/platform/identity/normalise.ts',
  'services/platform/money/',
  'services/platform/uuid/',
]
/** Packages that compute and do nothing else. */
const purePackages = new Set([
  '@marcbachmann/cel-js',
  'csv-parse/sync',
  'node:buffer',
  'node:crypto',
  'typebox',
  'typebox/compile',
  'typebox/value',
  'yaml',
])

/** Every import of a file, static, re-exporting or dynamic with a literal. */
export function importsOf(source: ParsedSource): Import[] {
  const { module } = source.parsed
  const fixed = module.staticImports.map((found) => ({
    specifier: found.moduleRequest.value,
    typeOnly: found.entries.length > 0 && found.entries.every((entry) => entry.isType),
    offset: found.start,
  }))
  const passedOn = module.staticExports.flatMap((found) =>
    found.entries.flatMap((entry) =>
      entry.moduleRequest === null
        ? []
        : [{ specifier: entry.moduleRequest.value, typeOnly: entry.isType, offset: found.start }],
    ),
  )
  const dynamic = module.dynamicImports.flatMap((found) => {
    const literal = /^(['"])(.*)\1$/.exec(
      source.text.slice(found.moduleRequest.start, found.moduleRequest.end),
    )
    return literal?.[2] === undefined ? [] : [{ specifier: literal[2], typeOnly: false, offset: found.start }]
  })
  return [...fixed, ...passedOn, ...dynamic]
}

function serviceOf(path: string): string | undefined {
  return /^services\/([^/]+)\//.exec(path)?.[1]
}

function isCore(path: string): boolean {
  return /^services\/[^/]+\/core\//.test(path)
}

/** Why the module at `from` may not import the one at `to`; undefined when it may. */
function refusal(from: string, to: string, typeOnly: boolean): string | undefined {
  const spec = isSpec(from)
  if (/^(?:test|scripts)\//.test(from) || !from.includes('/')) return undefined
  if (spec && /^(?:test|scripts)\//.test(to)) return undefined
  if (/^(?:test|scripts|bin)\//.test(to))
    return 'product code does not stand on test or scripts: move what is shared'
  if (from.startsWith('schemas/')) {
    return to.startsWith('schemas/')
      ? undefined
      : 'schemas import schemas only: they are the contract everyone shares'
  }
  if (to.startsWith('schemas/')) return undefined
  return betweenServices(from, to, typeOnly || spec)
}

function betweenServices(from: string, to: string, lenient: boolean): string | undefined {
  const service = serviceOf(from)
  const target = serviceOf(to)
  if (service === 'cli') return undefined
  if (target !== service && target !== 'platform') {
    return `services/${service ?? '?'} and services/${target ?? '?'} meet only through topics and HTTP: share a schema, or let services/cli bring them together`
  }
  if (!isCore(from) || lenient) return undefined
  const ownCore = target === service && isCore(to)
  if (ownCore || purePlatform.some((folder) => to.startsWith(folder))) return undefined
  return `a core imports its own core, schemas and ${purePlatform.join(', ')} only: hand it the value as an argument`
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** kafkajs is loaded in one place, behind its corrections (docs/adr/0013-kafkajs.md). */
const kafkajsFolder = 'services/platform/log/kafka/kafkajs/'

function refusedPackage(
  from: string,
  { specifier, typeOnly }: Import,
  runtime: ReadonlySet<string>,
): string | undefined {
  if (packageOf(specifier) === 'kafkajs' && !from.startsWith(kafkajsFolder))
    return `kafkajs leaks aborted records without its corrections: import from ${kafkajsFolder}door.ts`
  if (isSpec(from) || from.endsWith('.config.ts')) return undefined
  if (isCore(from) && !typeOnly && !purePackages.has(specifier)) {
    return `a core does no I/O: '${specifier}' belongs to the shell`
  }
  const isProduct = /^(?:services|schemas)\//.test(from)
  if (!isProduct || typeOnly || specifier.startsWith('node:') || runtime.has(packageOf(specifier)))
    return undefined
  return `'${packageOf(specifier)}' is not among the dependencies of package.json: product code runs without development packages`
}

/** Checks every import of one file. @param runtime packages the product may use at run time */
export function boundaryFindings(source: ParsedSource, runtime: ReadonlySet<string>): Finding[] {
  return importsOf(source).flatMap((found) => {
    const relative = found.specifier.startsWith('.')
    const advice = relative
      ? refusal(source.path, posix.join(posix.dirname(source.path), found.specifier), found.typeOnly)
      : refusedPackage(source.path, found, runtime)
    if (advice === undefined) return []
    return [{ path: source.path, line: lineAt(source.text, found.offset), rule: 'import-boundary', advice }]
  })
}
