/** Random histories, each named by a seed and a number: a few parts steered to the lines of rules, out of order, any offset, with repeats. */
import { createRandom } from '../../services/simulate/core/random.ts'
import type { Random } from '../../services/simulate/core/random.ts'
import { day, minute, rowOf } from './draft.ts'
import type { Draw } from './draft.ts'
import type { History } from './history.ts'
import { avoidanceParts } from './parts/avoidance.ts'
import { crowdParts } from './parts/crowd.ts'
import { lendingParts } from './parts/lending.ts'
import { pathParts } from './parts/paths.ts'
import { placeParts } from './parts/place.ts'
import { shapeParts } from './parts/shape.ts'
import { sizeParts } from './parts/size.ts'
import { stateParts } from './parts/state.ts'
import type { Row } from './row.ts'

const parts: readonly Draw[] = [
  ...sizeParts,
  ...avoidanceParts,
  ...shapeParts,
  ...crowdParts,
  ...stateParts,
  ...lendingParts,
  ...placeParts,
  ...pathParts,
]

/** A row comes again now and then, word for word, some time later: soon enough that it is remembered (docs/spec/warn.md, 1). */
function withRepeats(rows: readonly Row[], random: Random): Row[] {
  const all = [...rows]
  for (let count = random.int(3); count > 0; count -= 1) {
    const from = random.int(all.length)
    const [row] = all.slice(from, from + 1)
    if (row === undefined) continue
    const forgotten = all.findIndex(
      ({ booked_at }, index) => index > from && Date.parse(booked_at) > Date.parse(row.booked_at) + 300 * day,
    )
    all.splice(random.between(from + 1, forgotten < 0 ? all.length : forgotten), 0, row)
  }
  return all
}

/** Whether most of a year goes by within a block of this size. */
function leaps(rows: readonly Row[], blockSize: number): boolean {
  const times = rows.map(({ booked_at }) => Date.parse(booked_at))
  return times.some((_, first) => {
    const block = times.slice(first, first + blockSize)
    return first % blockSize === 0 && Math.max(...block) - Math.min(...block) > 300 * day
  })
}

/** History number `number` of a seed: rows in order of delivery, at most 30 minutes out of order but for those meant to come late. */
export function historyOf(seed: string, number: number): History {
  const random = createRandom(`${seed}/history/${number}`)
  // Each kind of part in turn, so that a thousand histories hold each of them often.
  const first = parts[number % parts.length]
  const draws = [...(first === undefined ? [] : [first])]
  for (let more = random.int(3); more > 0; more -= 1) draws.push(random.pick(parts))
  const drawn = draws.map((draw) => draw(random))
  const drafts = drawn.flatMap((part) => part.drafts)
  const ids = drafts.map((_, index) => index)
  for (let index = ids.length - 1; index > 0; index -= 1) {
    const other = random.int(index + 1)
    ;[ids[index], ids[other]] = [ids[other] ?? 0, ids[index] ?? 0]
  }
  const rows = drafts
    .map((one, index) => ({
      arrives: one.at + (one.lateBy ?? random.int(30 * minute)),
      row: rowOf(one, `t${ids[index]}`, random),
    }))
    .toSorted((a, b) => a.arrives - b.arrives)
    .map(({ row }) => row)
  const delivered = withRepeats(rows, random)
  return {
    rows: delivered,
    // Money is not followed across a block in which more than a year goes by (docs/spec/warn.md, 5).
    blockSize: random.pick([1, 7, 256].filter((size) => !leaps(delivered, size))),
    aims: drawn.flatMap((part) => part.aims),
  }
}
