/** The fold and the board against a plain recomputation that knows neither. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CaseEvent } from '../../../schemas/types.ts'
import { checked } from '../../../test/support/seed.ts'
import { caseLives, hour, monday } from '../case-events.fixture.ts'
import { boardOf, tally } from './board.ts'
import { evolve } from './history.ts'
import type { CaseHistory } from './history.ts'

function foldAll(events: readonly CaseEvent[]): CaseHistory[] {
  const histories = new Map<string, CaseHistory>()
  for (const event of events) {
    const result = evolve(histories.get(event.case_id), event)
    if (result.kind === 'broken') throw new Error(JSON.stringify(result))
    if (result.kind === 'evolved') histories.set(event.case_id, result.history)
  }
  return [...histories.values()]
}

/** Counts by going through all events anew for every promise. */
function naively(events: readonly CaseEvent[], now: number) {
  const ends = ['closed', 'follow_up', 'archived', 'merged']
  const last = new Map(events.map((event) => [event.case_id, event]))
  let [due, keptInTime, overdue] = [0, 0, 0]
  for (const { promise_id: id, due_at: dueAt } of events.flatMap((event) => event.promises)) {
    const settling = events.find((event) => event.kept.includes(id) || event.withdrawn.includes(id))
    const wasWithdrawnInTime = settling?.withdrawn.includes(id) === true && settling.occurred_at <= dueAt
    if (dueAt >= now || wasWithdrawnInTime) continue
    due += 1
    if (settling === undefined) overdue += 1
    else if (settling.kept.includes(id) && settling.occurred_at <= dueAt) keptInTime += 1
  }
  const newest = [...last.values()]
  return {
    leads: last.size,
    open: newest.filter((event) => !ends.includes(event.state)).length,
    closed: newest.filter((event) => ends.includes(event.state)).length,
    warnings: events.filter((event) => event.sequence === 1 || event.type === 'warning_appended').length,
    reminded: events.filter((event) => event.sequence > 1 && event.type === 'reminded').length,
    supervised: events.filter((event) => event.sequence > 1 && event.type === 'supervised').length,
    overdue,
    on_time_rate: due === 0 ? null : keptInTime / due,
  }
}

const moments = fc.integer({ min: 0, max: 60 }).map((hours) => monday + hours * hour)
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

describe('supervision', () => {
  it('counts what a plain recomputation from the event list counts, at any moment', async () => {
    await checked(
      fc.property(caseLives, moments, (events, now) => {
        expect(boardOf(tally(foldAll(events), now), now).totals).toEqual(naively(events, now))
      }),
    )
  })

  it('comes to the same board however often events are delivered again', async () => {
    await checked(
      fc.property(caseLives, fc.nat(), moments, (events, cut, now) => {
        const upTo = events.slice(0, cut % (events.length + 1))
        const again = [...upTo, ...events]
        expect(tally(foldAll(again), now)).toEqual(tally(foldAll(events), now))
      }),
    )
  })

  it('comes to the same cases in whatever order the partitions are read', async () => {
    await checked(
      fc.property(caseLives, (events) => {
        const byCase = [...Map.groupBy(events, (event) => event.case_id).values()].flat()
        const byId = (a: CaseHistory, b: CaseHistory): number =>
          a.record.case_id < b.record.case_id ? -1 : 1
        expect(foldAll(byCase).toSorted(byId)).toEqual(foldAll(events).toSorted(byId))
      }),
    )
  })

  it('shows every open case in exactly one cell and every case in exactly one state', async () => {
    await checked(
      fc.property(caseLives, moments, (events, now) => {
        const board = boardOf(tally(foldAll(events), now), now)
        expect(sum(board.cells.map((cell) => cell.open))).toBe(board.totals.open)
        expect(sum(Object.values(board.by_state))).toBe(board.totals.leads)
        expect(sum(board.departments.map((row) => row.overdue_now))).toBe(board.totals.overdue)
        expect(board.cells.filter((cell) => cell.overdue > cell.open)).toEqual([])
      }),
    )
  })

  it('finds as overdue later whatever was overdue before and is still open: time mends nothing', async () => {
    await checked(
      fc.property(caseLives, moments, fc.nat({ max: 100 }), (events, now, later) => {
        const histories = foldAll(events)
        const before = boardOf(tally(histories, now), now).totals.overdue
        const after = boardOf(tally(histories, now + later * hour), now + later * hour).totals.overdue
        expect(after).toBeGreaterThanOrEqual(before)
      }),
    )
  })
})
