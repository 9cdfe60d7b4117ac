/** Which rows came too late, by docs/spec/warn.md section 2, for one source. */
import type { History } from './history.ts'

const dayMs = 86_400_000

/** Delivery numbers of the rows whose event time lies before the watermark, as it was before their block, by more than the lateness. */
export function lateRows({ rows, blockSize }: History, latenessMs: number): ReadonlySet<number> {
  const late = new Set<number>()
  const known = new Set<string>()
  let believed = 0
  let doubted: number | undefined
  const show = (time: number): void => {
    if (time - believed <= dayMs) believed = Math.max(believed, time)
    else if (doubted === undefined || doubted - time > dayMs) doubted = time
    else {
      const [lower, higher] = time < doubted ? [time, doubted] : [doubted, time]
      believed = lower
      doubted = undefined
      show(higher)
    }
  }
  for (let first = 0; first < rows.length; first += blockSize) {
    const watermark = believed
    for (const [index, row] of rows.slice(first, first + blockSize).entries()) {
      const time = Date.parse(row.booked_at)
      if (time < watermark - latenessMs) late.add(first + index)
      const name = `${row.source_id} ${row.txn_id}`
      if (!known.has(name)) show(time)
      known.add(name)
    }
  }
  return late
}
