/** A process that writes until it is killed: `node writer.ts DIRECTORY`. Prints the number of every committed transaction. */
import { openDatabase } from '../../services/platform/store/open.ts'

interface Tables {
  readonly entry: { readonly number: number; readonly side: string }
}

const directory = process.argv[2]
if (directory === undefined) throw new Error('usage: writer.ts DIRECTORY')

const database = await openDatabase({ kind: 'pglite', directory })
const store = await database.open<Tables>({
  schema: 'crash',
  migrations: new URL('./migrations/', import.meta.url),
})
const { last } = await store.db
  .selectFrom('entry')
  .select(({ fn }) => fn.max<number | null>('number').as('last'))
  .executeTakeFirstOrThrow()
process.stdout.write('open\n')
for (let number = (last ?? 0) + 1; ; number++) {
  await store.transaction(async (trx) => {
    await trx.insertInto('entry').values({ number, side: 'in' }).execute()
    await trx.insertInto('entry').values({ number, side: 'out' }).execute()
  })
  process.stdout.write(`${number}\n`)
}
