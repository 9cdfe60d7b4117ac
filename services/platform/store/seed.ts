/**
 * A freshly initialised, empty data directory of PGlite, packed: unpacking it takes well under a second where initdb in
 * WebAssembly takes four to seven (docs/adr/0020-store.md). `node services/platform/store/seed.ts` builds it anew after PGlite was upgraded.
 */
import { readFileSync, rmSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { PGlite } from '@electric-sql/pglite'

const folder = new URL('./seed/', import.meta.url)

/** Version of the PGlite that is installed. */
export function pgliteVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', `file://${entry}`), 'utf8'))
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return 'unknown'
  return String(manifest.version)
}

/** The seed for the installed PGlite, ready for `loadDataDir`; undefined when none was built for this version. */
export function readSeed(): Blob | undefined {
  try {
    return new Blob([
      new Uint8Array(zstdDecompressSync(readFileSync(new URL(`pglite-${pgliteVersion()}.tar.zst`, folder)))),
    ])
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Runs initdb and writes the seed of the installed version in place of the one before. */
async function buildSeed(): Promise<void> {
  // Less to unpack at every first start: 16 MB in 400 files instead of 40 MB in 970. Nobody makes databases from templates here.
  const database = await PGlite.create({ initDbStartParams: ['--wal-segsize=1'] })
  await database.exec('update pg_database set datistemplate = false')
  await database.exec('drop database template0')
  await database.exec('drop database template1')
  await database.exec('checkpoint')
  const tar = Buffer.from(await (await database.dumpDataDir('none')).arrayBuffer())
  await database.close()
  for (const old of readdirSync(folder)) rmSync(new URL(old, folder))
  const packed = zstdCompressSync(tar, {
    params: {
      [constants.ZSTD_c_compressionLevel]: 19,
      [constants.ZSTD_c_windowLog]: 25,
      [constants.ZSTD_c_enableLongDistanceMatching]: 1,
    },
  })
  writeFileSync(new URL(`pglite-${pgliteVersion()}.tar.zst`, folder), packed)
  process.stdout.write(`${JSON.stringify({ version: pgliteVersion(), bytes: packed.length })}\n`)
}

if (import.meta.main) await buildSeed()
