/** Lists that do not move under the cursor: rows change where they are, new rows wait until asked for. */
import { useState } from 'react'

/** What is shown of a list that keeps changing. */
export interface HeldList<Row> {
  readonly rows: readonly Row[]
  /** Rows that came since, and wait. */
  readonly waiting: number
  /** Shows the list as it is now. */
  readonly show: () => void
}

/**
 * Keeps the order and membership of `fresh` as first seen: rows are updated in place, rows that are gone are dropped,
 * rows that are new wait.
 * @param scope a list with another scope (another filter) starts anew
 */
export function useHeldList<Row>(
  fresh: readonly Row[],
  idOf: (row: Row) => string,
  scope: string,
): HeldList<Row> {
  const [held, setHeld] = useState<{ scope: string; ids: readonly string[] }>({ scope: '', ids: [] })
  const byId = new Map(fresh.map((row) => [idOf(row), row]))
  // Nothing held is left: there is nothing that could move.
  const usable = held.scope === scope && held.ids.some((id) => byId.has(id))
  const current = usable ? held.ids : [...byId.keys()]
  if (current !== held.ids && fresh.length > 0) setHeld({ scope, ids: current })
  const rows = current.flatMap((id) => {
    const row = byId.get(id)
    return row === undefined ? [] : [row]
  })
  return {
    rows,
    waiting: fresh.length - rows.length,
    show: () => setHeld({ scope, ids: [...byId.keys()] }),
  }
}
