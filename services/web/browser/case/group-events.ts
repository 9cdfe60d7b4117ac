/** Events as people read them: what the system sent out at one moment is one entry. Pure. */
import type { CaseEventView, DispatchView } from '../../../../schemas/http/casework.ts'

/** One entry of the history. */
export interface TimelineEntry {
  readonly event: CaseEventView
  /** For dispatches: who got one, by purpose, in the order of sending. */
  readonly sentTo: readonly {
    readonly purpose: DispatchView['purpose']
    readonly departments: readonly string[]
  }[]
}

/** Newest first. Dispatches in a row at the same time become one entry. */
export function groupEvents(
  events: readonly CaseEventView[],
  dispatches: readonly DispatchView[],
): readonly TimelineEntry[] {
  const entries: TimelineEntry[] = []
  let before: CaseEventView | undefined
  for (const event of events.toSorted((a, b) => a.sequence - b.sequence)) {
    const repeats = before?.type === 'dispatched' && before.occurred_at === event.occurred_at
    if (event.type !== 'dispatched') entries.push({ event, sentTo: [] })
    else if (!repeats) entries.push({ event, sentTo: sentAt(event.occurred_at, dispatches) })
    before = event
  }
  return entries.toReversed()
}

function sentAt(time: number, dispatches: readonly DispatchView[]): TimelineEntry['sentTo'] {
  const sent = dispatches.filter((dispatch) => dispatch.sent_at === time)
  return (['verify', 'handle', 'inform'] as const).flatMap((purpose) => {
    const departments = sent
      .filter((dispatch) => dispatch.purpose === purpose)
      .map((dispatch) => dispatch.department)
    return departments.length === 0 ? [] : [{ purpose, departments: [...new Set(departments)] }]
  })
}
