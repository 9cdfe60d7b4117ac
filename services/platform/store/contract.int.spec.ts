import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { temporaryPostgres } from '../../../test/support/database.ts'
import { storeContract } from './contract.ts'
import { openDatabase } from './open.ts'

storeContract('PGlite in a directory', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'weir-pglite-'))
  const database = await openDatabase({ kind: 'pglite', directory })
  return {
    database,
    async dispose() {
      await database.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
})

storeContract('PostgreSQL', async () => {
  const server = await temporaryPostgres()
  const database = await openDatabase({ kind: 'postgres', url: server.url, poolSize: 8 })
  return {
    database,
    async dispose() {
      await database.close()
      await server.drop()
    },
  }
})
