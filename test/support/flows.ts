/** The flows of a payment, as stage one of warn makes them. */
import type { Flow, Transaction } from '../../schemas/types.ts'
import { createSplitter } from '../../services/warn/app.ts'

/** The payer's flow, then the payee's; none for an institution. */
export function flowsOf(transaction: Transaction): Flow[] {
  const state = { get: () => undefined, entries: () => [] }
  const splitter = createSplitter({ source: 0, partitions: 1, partitionOf: () => 0, state })
  return splitter.split([transaction]).blocks.flatMap(({ block }) => [...block.flows])
}
