/** Who made the schemas of a PostgreSQL database, written beside them, so that nobody uses or deletes what is somebody else's. */
import pg from 'pg'
import { StoreError } from './port.ts'

/** Schemas to be claimed, and in whose name. */
export interface Claim {
  readonly url: string
  readonly schemas: readonly string[]
  /** Kept as the comment of each schema, e.g. `weir demo 1a2b3c4d`. */
  readonly owner: string
}

interface Found {
  readonly name: string
  readonly owner: string | null
}

async function inTransaction<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(hashtextextended('weir ownership', 0))`)
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (cause) {
    if (cause instanceof StoreError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StoreError(
      'unavailable',
      `PostgreSQL did not do it (${reason}). Check the address, the server, the password, and that the user may create schemas.`,
      { cause },
    )
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function find(client: pg.Client, schemas: readonly string[]): Promise<readonly Found[]> {
  const { rows } = await client.query<Found>(
    `select nspname as name, obj_description(oid, 'pg_namespace') as owner
     from pg_namespace where nspname = any ($1) order by nspname`,
    [schemas],
  )
  return rows
}

function assertOwn(found: readonly Found[], owner: string): void {
  const foreign = found.find((schema) => schema.owner !== owner)
  if (foreign === undefined) return
  const whose = foreign.owner ?? 'another Weir'
  throw new StoreError(
    'conflict',
    `数据库中的模式 ${foreign.name} 属于 ${whose},不予使用,也不予删除:请另给一个空数据库。 The schema ${foreign.name} of this database belongs to ${whose}; it is neither used nor deleted. Give an empty database of its own.`,
  )
}

/**
 * Makes the schemas in the owner's name, or finds that they are the owner's already. All or nothing.
 * @throws StoreError `conflict` when one of them is somebody else's, `unavailable`
 */
export async function claimSchemas({ url, schemas, owner }: Claim): Promise<void> {
  await inTransaction(url, async (client) => {
    const found = await find(client, schemas)
    assertOwn(found, owner)
    const known = new Set(found.map(({ name }) => name))
    for (const schema of schemas.filter((name) => !known.has(name))) {
      const name = client.escapeIdentifier(schema)
      await client.query(`create schema ${name}`)
      await client.query(`comment on schema ${name} is ${client.escapeLiteral(owner)}`)
    }
  })
}

/**
 * Deletes the owner's schemas with everything in them, all or nothing. What is gone already is fine; what is somebody else's
 * stays.
 * @throws StoreError `unavailable`
 */
export async function dropSchemas({ url, schemas, owner }: Claim): Promise<void> {
  await inTransaction(url, async (client) => {
    const own = (await find(client, schemas)).filter((schema) => schema.owner === owner)
    for (const { name } of own) await client.query(`drop schema ${client.escapeIdentifier(name)} cascade`)
  })
}
