/** How far casework has read each topic: kept in its own database, moved in the transaction that holds what was made of the records. */
import type { Kysely, Transaction } from 'kysely'
import type { Batch } from '../../platform/log/port.ts'
import type { Tables } from './tables.ts'

/** What is followed. */
export type Consumer = 'warnings' | 'acknowledgements'

/** Next offset to read of one partition; 0 before anything was. */
export async function positionOf(db: Kysely<Tables>, consumer: Consumer, partition: number): Promise<number> {
  const row = await db
    .selectFrom('positions')
    .select('next_offset')
    .where('consumer', '=', consumer)
    .where('partition', '=', partition)
    .executeTakeFirst()
  return row?.next_offset ?? 0
}

/**
 * Moves the position behind a batch.
 * @throws Error when the batch was processed already by another reader; the partition then starts again at the position
 */
export async function moveBehind(
  trx: Transaction<Tables>,
  consumer: Consumer,
  { partition, records, nextOffset }: Batch,
): Promise<void> {
  const stored = await positionOf(trx, consumer, partition)
  const first = records[0]?.offset ?? nextOffset
  if (stored > first) {
    throw new Error(
      `${consumer}/${partition} was read up to ${stored} by somebody else; starting again there`,
    )
  }
  await trx
    .insertInto('positions')
    .values({ consumer, partition, next_offset: nextOffset })
    .onConflict((conflict) =>
      conflict.columns(['consumer', 'partition']).doUpdateSet({ next_offset: nextOffset }),
    )
    .execute()
}
