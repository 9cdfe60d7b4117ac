/** What every database must do, whichever it is. Specs run it against each adapter; nothing else imports it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isUniqueViolation, sqlState } from './errors.ts'
import { StoreError } from './port.ts'
import type { Database, Store } from './port.ts'

/** A database nobody else uses, and how to be rid of it. */
export interface ContractDatabase {
  readonly database: Database
  dispose(): Promise<void>
}

interface Tables {
  readonly account: { readonly name: string; readonly amount: number }
}

const accounts = `create table account (name text primary key, amount bigint not null check (amount >= 0));`

/** One value of every column type that stores use, and what must come back. */
const values: readonly (readonly [type: string, given: unknown, back: unknown])[] = [
  ['bigint', 9_007_199_254_740_991, 9_007_199_254_740_991],
  ['bigint', -9_007_199_254_740_991, -9_007_199_254_740_991],
  ['integer', 7, 7],
  ['double precision', 0.1, 0.1],
  ['numeric', '123456789012345678901234567890.10', '123456789012345678901234567890.10'],
  ['boolean', true, true],
  ['text', '堰 "quoted" \\ \'single\' 🌊', '堰 "quoted" \\ \'single\' 🌊'],
  ['text', '', ''],
  ['text', null, null],
  ['date', '1899-12-31', '1899-12-31'],
  ['date', '2026-03-01', '2026-03-01'],
  ['timestamptz', new Date(1_790_000_000_123), new Date(1_790_000_000_123)],
  [
    'bytea',
    Uint8Array.from({ length: 256 }, (_, byte) => byte),
    Uint8Array.from({ length: 256 }, (_, byte) => byte),
  ],
  ['bytea', new Uint8Array(0), new Uint8Array(0)],
  ['jsonb', JSON.stringify({ zh: '堰', list: [1, null, 'x'] }), { zh: '堰', list: [1, null, 'x'] }],
  ['jsonb', JSON.stringify([1, 2]), [1, 2]],
  ['text[]', ['a,b', '"c"', '堰', ''], ['a,b', '"c"', '堰', '']],
  ['bigint[]', [1, 9_007_199_254_740_991], [1, 9_007_199_254_740_991]],
  ['bigint[]', [], []],
]

/** Makes folders of migrations and schemas that no other test of the run uses. */
function workshop(opened: () => Database) {
  const root = mkdtempSync(join(tmpdir(), 'weir-migrations-'))
  let made = 0
  const folder = (files: Readonly<Record<string, string>>): URL => {
    const path = mkdtempSync(join(root, 'set-'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
    return pathToFileURL(path)
  }
  return {
    folder,
    schema: () => `contract_${process.pid}_${(made += 1)}`,
    accounts(): Promise<Store<Tables>> {
      return opened().open({ schema: this.schema(), migrations: folder({ '0001_accounts.sql': accounts }) })
    },
    remove: () => {
      rmSync(root, { recursive: true, force: true })
    },
  }
}

type Workshop = ReturnType<typeof workshop>

const amounts = (store: Store<Tables>) => store.db.selectFrom('account').selectAll().orderBy('name').execute()

function describeTypes(shop: Workshop): void {
  describe('types', () => {
    it.each(values)('a %s comes back as it was given: %j', async (type, given, back) => {
      const { db } = await shop.accounts()
      await sql`create table sample (value ${sql.raw(type)})`.execute(db)
      await sql`insert into sample values (${given})`.execute(db)
      const result = await sql<{ value: unknown }>`select value from sample`.execute(db)
      expect(result.rows).toEqual([{ value: back }])
    })

    it('counts are numbers and sums of bigints are strings', async () => {
      const { db } = await shop.accounts()
      await db
        .insertInto('account')
        .values([
          { name: 'a', amount: 2 },
          { name: 'b', amount: 3 },
        ])
        .execute()
      const result = await sql`select count(*) as counted, sum(amount) as summed from account`.execute(db)
      expect(result.rows).toEqual([{ counted: 2, summed: '5' }])
    })

    it('an int8 beyond 2^53 is refused instead of rounded, and the database goes on', async () => {
      const { db } = await shop.accounts()
      const tooLarge = sql`select 9007199254740993::int8 as value`.execute(db)
      await expect(tooLarge).rejects.toMatchObject({ name: 'StoreError', code: 'number_too_large' })
      expect(await amounts({ db, transaction: () => Promise.reject(new Error('unused')) })).toEqual([])
    })

    it('five megabytes of bytes come back the same', async () => {
      const { db } = await shop.accounts()
      const bytes = Buffer.alloc(5_000_000, 'weir 堰 ')
      await sql`create table sample (value bytea)`.execute(db)
      await sql`insert into sample values (${bytes})`.execute(db)
      const result = await sql<{ value: Uint8Array }>`select value from sample`.execute(db)
      expect(Buffer.compare(result.rows[0]?.value ?? new Uint8Array(0), bytes)).toBe(0)
    })

    it('says how many rows a statement touched', async () => {
      const { db } = await shop.accounts()
      await db
        .insertInto('account')
        .values([
          { name: 'a', amount: 1 },
          { name: 'b', amount: 1 },
        ])
        .execute()
      const changed = await db.updateTable('account').set({ amount: 2 }).executeTakeFirst()
      const deleted = await db.deleteFrom('account').where('name', '=', 'none').executeTakeFirst()
      expect([changed.numUpdatedRows, deleted.numDeletedRows]).toEqual([2n, 0n])
    })
  })
}

function describeTransactions(shop: Workshop): void {
  describe('transactions', () => {
    it('keeps all of what work wrote, or nothing when work throws', async () => {
      const store = await shop.accounts()
      await store.transaction((trx) =>
        trx.insertInto('account').values({ name: 'kept', amount: 1 }).execute(),
      )
      const failing = store.transaction(async (trx) => {
        await trx.insertInto('account').values({ name: 'lost', amount: 1 }).execute()
        throw new Error('work failed')
      })
      await expect(failing).rejects.toThrow('work failed')
      expect(await amounts(store)).toEqual([{ name: 'kept', amount: 1 }])
    })

    it('fails, instead of silently keeping nothing, when work swallows the error of a statement', async () => {
      const store = await shop.accounts()
      const swallowing = store.transaction(async (trx) => {
        await trx.insertInto('account').values({ name: 'a', amount: 1 }).execute()
        await trx
          .insertInto('account')
          .values({ name: 'b', amount: -1 })
          .execute()
          .catch(() => undefined)
      })
      await expect(swallowing).rejects.toThrow('rolled back instead of committed')
      expect(await amounts(store)).toEqual([])
    })

    it('a savepoint takes back a part', async () => {
      const store = await shop.accounts()
      const trx = await store.db.startTransaction().execute()
      await trx.insertInto('account').values({ name: 'kept', amount: 1 }).execute()
      const part = await trx.savepoint('part').execute()
      await part.insertInto('account').values({ name: 'lost', amount: 1 }).execute()
      await part.rollbackToSavepoint('part').execute()
      await trx.commit().execute()
      expect(await amounts(store)).toEqual([{ name: 'kept', amount: 1 }])
    })
  })
}

function describeIsolation(shop: Workshop): void {
  describe('isolation', () => {
    it('others see all of a transaction or nothing of it', async () => {
      const store = await shop.accounts()
      const seen: number[] = []
      const writing = store.transaction(async (trx) => {
        await trx.insertInto('account').values({ name: 'a', amount: 1 }).execute()
        await sleep(30)
        await trx.insertInto('account').values({ name: 'b', amount: 1 }).execute()
      })
      const reading = Array.from({ length: 5 }, async (_, turn) => {
        await sleep(turn * 8)
        seen.push((await amounts(store)).length)
      })
      await Promise.all([writing, ...reading])
      expect(seen.filter((count) => count !== 0 && count !== 2)).toEqual([])
    })

    it('concurrent read-modify-write loses no update', async () => {
      const store = await shop.accounts()
      await store.db.insertInto('account').values({ name: 'counter', amount: 0 }).execute()
      const increment = async (): Promise<void> => {
        await store.transaction(async (trx) => {
          const { amount } = await trx
            .selectFrom('account')
            .select('amount')
            .where('name', '=', 'counter')
            .executeTakeFirstOrThrow()
          await trx
            .updateTable('account')
            .set({ amount: amount + 1 })
            .where('name', '=', 'counter')
            .execute()
        })
      }
      await Promise.all(
        Array.from({ length: 3 }, async () => {
          for (let turn = 0; turn < 5; turn++) await increment()
        }),
      )
      expect(await amounts(store)).toEqual([{ name: 'counter', amount: 15 }])
    })

    it('two who each check the other leave the rule unbroken: write skew does not happen', async () => {
      const store = await shop.accounts()
      await store.db
        .insertInto('account')
        .values([
          { name: 'a', amount: 1 },
          { name: 'b', amount: 1 },
        ])
        .execute()
      const leaveUnlessLast = (name: string): Promise<void> =>
        store.transaction(async (trx) => {
          const present = await trx.selectFrom('account').selectAll().where('amount', '=', 1).execute()
          if (present.length > 1)
            await trx.updateTable('account').set({ amount: 0 }).where('name', '=', name).execute()
        })
      await Promise.all([leaveUnlessLast('a'), leaveUnlessLast('b')])
      expect((await amounts(store)).reduce((sum, account) => sum + account.amount, 0)).toBe(1)
    })
  })
}

function describeCallers(shop: Workshop): void {
  describe('callers', () => {
    it.each(['40001', '40P01'])(
      'tries again on %s, and gives up as a conflict after five more tries',
      async (code) => {
        const store = await shop.accounts()
        let tries = 0
        const losing = store.transaction(async (trx) => {
          tries += 1
          await sql
            .raw(`do $$ begin raise exception 'collision' using errcode = '${code}'; end $$`)
            .execute(trx)
        })
        await expect(losing).rejects.toMatchObject({ name: 'StoreError', code: 'conflict' })
        expect(tries).toBe(6)
      },
    )

    it('many callers at once are all served', async () => {
      const store = await shop.accounts()
      await Promise.all(
        Array.from({ length: 100 }, (_, caller) =>
          caller % 2 === 0
            ? store.db
                .insertInto('account')
                .values({ name: `caller ${caller}`, amount: caller })
                .execute()
            : amounts(store),
        ),
      )
      expect(await amounts(store)).toHaveLength(50)
    })

    it('refuses another connection inside a transaction, which would wait for itself; afterwards it is welcome', async () => {
      const store = await shop.accounts()
      let later: Promise<unknown> | undefined
      await expect(store.transaction(() => amounts(store))).rejects.toThrow('Inside transaction(work)')
      await expect(store.transaction(() => store.transaction(() => Promise.resolve()))).rejects.toThrow(
        'Inside transaction(work)',
      )
      await store.transaction(() => {
        later = sleep(20).then(() => amounts(store))
        return Promise.resolve()
      })
      await expect(later).resolves.toEqual([])
    })
  })
}

function describeErrors(shop: Workshop): void {
  describe('constraints', () => {
    it('a double key is recognised with the name of its constraint', async () => {
      const { db } = await shop.accounts()
      const insert = () => db.insertInto('account').values({ name: 'a', amount: 1 }).execute()
      await insert()
      const error: unknown = await insert().catch((cause: unknown) => cause)
      expect([
        isUniqueViolation(error),
        isUniqueViolation(error, 'account_pkey'),
        isUniqueViolation(error, 'other'),
      ]).toEqual([true, true, false])
    })

    it('a broken check has its SQL state', async () => {
      const { db } = await shop.accounts()
      const error: unknown = await db
        .insertInto('account')
        .values({ name: 'a', amount: -1 })
        .execute()
        .catch((cause: unknown) => cause)
      expect([sqlState(error), isUniqueViolation(error)]).toEqual(['23514', false])
    })
  })
}

const opener =
  (shop: Workshop, opened: () => Database) => (schema: string, files: Readonly<Record<string, string>>) =>
    opened().open<Tables>({ schema, migrations: shop.folder(files) })

function describeMigrations(shop: Workshop, opened: () => Database): void {
  const open = opener(shop, opened)
  describe('migrations', () => {
    it('run in order and once; a later start applies only what is new', async () => {
      const schema = shop.schema()
      const first = {
        '0001_accounts.sql': accounts,
        '0002_first.sql': `insert into account values ('first', 1); insert into account values ('second', 2);`,
      }
      await open(schema, first)
      await open(schema, first)
      const store = await open(schema, {
        ...first,
        '0003_double.sql': 'update account set amount = amount * 2;',
      })
      expect(await amounts(store)).toEqual([
        { name: 'first', amount: 2 },
        { name: 'second', amount: 4 },
      ])
    })

    it('a file that fails is rolled back whole, those before it stay, and a mended one goes on from there', async () => {
      const schema = shop.schema()
      const broken = {
        '0001_accounts.sql': accounts,
        '0002_broken.sql': `insert into account values ('half', 1); select nonsense;`,
      }
      await expect(open(schema, broken)).rejects.toMatchObject({ code: 'migration_failed' })
      const store = await open(schema, {
        ...broken,
        '0002_broken.sql': `insert into account values ('whole', 1);`,
      })
      expect(await amounts(store)).toEqual([{ name: 'whole', amount: 1 }])
    })
  })
}

function describeHistory(shop: Workshop, opened: () => Database): void {
  const open = opener(shop, opened)
  describe('the history of migrations', () => {
    it.each([
      [
        'edited',
        { '0001_accounts.sql': `${accounts} -- edited`, '0003_b.sql': 'select 1;' },
        /0001_accounts.sql was edited/,
      ],
      ['missing', { '0001_accounts.sql': accounts }, /the database is newer/],
      [
        'overtaken',
        { '0001_accounts.sql': accounts, '0002_a.sql': 'select 1;', '0003_b.sql': 'select 1;' },
        /comes before 0003_b.sql/,
      ],
    ])('history and files that disagree are refused: a file %s', async (_, files, message) => {
      const schema = shop.schema()
      await open(schema, { '0001_accounts.sql': accounts, '0003_b.sql': 'select 1;' })
      const error: unknown = await open(schema, files).catch((cause: unknown) => cause)
      expect(error).toBeInstanceOf(StoreError)
      expect(String(error)).toMatch(message)
    })
  })
}

function describeSchemas(shop: Workshop, opened: () => Database): void {
  const open = opener(shop, opened)
  describe('schemas', () => {
    it('several that start together migrate once', async () => {
      const schema = shop.schema()
      const files = {
        '0001_accounts.sql': accounts,
        '0002_first.sql': `insert into account values ('first', 1);`,
      }
      const stores = await Promise.all(Array.from({ length: 4 }, () => open(schema, files)))
      expect(await Promise.all(stores.map(amounts))).toEqual(stores.map(() => [{ name: 'first', amount: 1 }]))
    })

    it('two schemas do not see each other', async () => {
      const [one, other] = [await shop.accounts(), await shop.accounts()]
      await one.db.insertInto('account').values({ name: 'one', amount: 1 }).execute()
      await Promise.all([
        one.transaction((trx) => trx.insertInto('account').values({ name: 'two', amount: 2 }).execute()),
        other.transaction((trx) => trx.insertInto('account').values({ name: 'one', amount: 3 }).execute()),
      ])
      expect([await amounts(one), await amounts(other)]).toEqual([
        [
          { name: 'one', amount: 1 },
          { name: 'two', amount: 2 },
        ],
        [{ name: 'one', amount: 3 }],
      ])
    })
  })
}

/** Declares the suite. `open` is called once for the living database and once more for the one that is closed. */
export function storeContract(name: string, open: () => Promise<ContractDatabase>): void {
  describe(`store contract: ${name}`, () => {
    let current: ContractDatabase | undefined
    const opened = (): Database => {
      if (current === undefined) throw new Error('the database is opened before the tests run')
      return current.database
    }
    const shop = workshop(opened)
    beforeAll(async () => {
      current = await open()
    })
    afterAll(async () => {
      shop.remove()
      await current?.dispose()
    })

    describeTypes(shop)
    describeTransactions(shop)
    describeIsolation(shop)
    describeCallers(shop)
    describeErrors(shop)
    describeMigrations(shop, opened)
    describeHistory(shop, opened)
    describeSchemas(shop, opened)

    it('answers a ping while open, and says that it is unavailable when closed', async () => {
      const other = await open()
      await expect(other.database.ping()).resolves.toBeUndefined()
      await other.database.close()
      await other.database.close()
      await expect(other.database.ping()).rejects.toMatchObject({ name: 'StoreError', code: 'unavailable' })
      await other.dispose()
    })
  })
}
