/** Builds the browser app when its sources changed, and only then. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'

const repository = fileURLToPath(new URL('../../', import.meta.url))
const outDirectory = join(repository, 'dist', 'web')
const stampName = '.sources'

/** What the result depends on, besides the folder `browser`. The lockfile stands for all packages. */
const alsoRead = [
  'package-lock.json',
  'schemas/reference.ts',
  'services/web/build.ts',
  'services/web/vite.config.ts',
]

const compress = promisify(brotliCompress)

/** What `ensureBuilt` came to. */
export interface BuiltApp {
  /** Folder for `createWebServer`'s `staticDirectory`. */
  readonly directory: string
  /** False when the build of before could be used. */
  readonly built: boolean
}

/**
 * Makes sure that dist/web is the browser app as of the sources. Takes milliseconds when it is, seconds when not.
 * Two processes at once do not disturb each other: each builds in a folder of its own, which then takes the place.
 * @throws Error of Vite when the sources do not compile
 */
export async function ensureBuilt(): Promise<BuiltApp> {
  const wanted = await hashSources()
  const found = await readFile(join(outDirectory, stampName), 'utf8').catch(() => '')
  if (found === wanted) return { directory: outDirectory, built: false }
  const building = `${outDirectory}.${process.pid}`
  await bundle(building)
  await compressAll(join(building, 'assets'))
  await writeFile(join(building, stampName), wanted)
  await takePlace(building)
  return { directory: outDirectory, built: true }
}

async function hashSources(): Promise<string> {
  const folder = join('services', 'web', 'browser')
  const names = await readdir(join(repository, folder), { recursive: true, withFileTypes: true })
  const sources = names
    .filter((entry) => entry.isFile() && !/\.spec\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(repository.length))
  const hash = createHash('sha256')
  for (const path of [...sources, ...alsoRead].toSorted()) {
    hash.update(`${path}\0`)
    hash.update(await readFile(join(repository, path)))
  }
  return hash.digest('hex')
}

async function bundle(directory: string): Promise<void> {
  // Loaded here, so that a start with nothing to build does not pay for the bundler.
  const [{ build }, { default: config }] = await Promise.all([import('vite'), import('./vite.config.ts')])
  const { build: settings, ...rest } = config
  const environment = process.env['NODE_ENV']
  await build({ ...rest, configFile: false, mode: 'production', build: { ...settings, outDir: directory } })
  restoreEnvironment(environment)
}

/** Vite sets NODE_ENV for the whole process; what runs beside it (demo sign-in above all) must not see that. */
function restoreEnvironment(before: string | undefined): void {
  if (before === undefined) delete process.env['NODE_ENV']
  else process.env['NODE_ENV'] = before
}

/** Written beside the file as `.br`, which @fastify/static prefers. Fonts are compressed already. */
async function compressAll(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => /\.(?:js|css|svg)$/.test(name))
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 }
  await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name)
      await writeFile(`${path}.br`, await compress(await readFile(path), { params }))
    }),
  )
}

async function takePlace(building: string): Promise<void> {
  await mkdir(join(repository, 'dist'), { recursive: true })
  await rm(outDirectory, { recursive: true, force: true })
  await rename(building, outDirectory).catch(async (error: NodeJS.ErrnoException) => {
    // Somebody else was quicker with the same sources.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    await rm(building, { recursive: true, force: true })
  })
}
