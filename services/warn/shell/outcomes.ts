/** Outcomes as people ask for them: what was no warning and yet no silence (G3). */
import { codecs } from '../../../schemas/codec.ts'
import { topics } from '../../../schemas/topics.ts'
import type { Outcome } from '../../../schemas/types.ts'
import type { Log } from '../../platform/log/port.ts'

/** Which outcomes are meant; what is not given does not matter. */
export interface OutcomeFilter {
  readonly kind?: string
  readonly rule?: string
  readonly subject?: string
  /** Event time, milliseconds since 1970, inclusive. */
  readonly since?: number
}

/** How many of one sort there are. */
export interface OutcomeGroup {
  readonly kind: string
  readonly reason: string
  readonly rule: string
  readonly outcomes: number
}

/** Counts, and the newest by event time. */
export interface OutcomeSurvey {
  readonly total: number
  /** By kind, reason and rule; an outcome that names several rules is in several groups, one that names none has the rule ''. */
  readonly groups: readonly OutcomeGroup[]
  /** Newest first. */
  readonly newest: readonly Outcome[]
}

function isMeant(outcome: Outcome, { kind, rule, subject, since }: OutcomeFilter): boolean {
  return (
    (kind === undefined || outcome.kind === kind) &&
    (rule === undefined || outcome.rule_ids.includes(rule)) &&
    (subject === undefined || outcome.subject_id === subject) &&
    (since === undefined || outcome.event_time >= since)
  )
}

/** Reads all outcomes once; memory is bounded by `newestMax` and the sorts there are. @throws LogError */
export async function surveyOutcomes(
  log: Log,
  filter: OutcomeFilter,
  newestMax: number,
): Promise<OutcomeSurvey> {
  await log.ensureTopics([topics.outcomes])
  const groups = new Map<string, OutcomeGroup>()
  const newest = new Newest(newestMax)
  let total = 0
  for (const [partition, { first }] of (await log.offsets(topics.outcomes)).entries()) {
    for await (const { value } of log.read(topics.outcomes, partition, first)) {
      if (value === null) continue
      const outcome = codecs.outcome.decode(value)
      if (!isMeant(outcome, filter)) continue
      total += 1
      newest.add(outcome)
      for (const rule of outcome.rule_ids.length === 0 ? [''] : outcome.rule_ids) {
        const { kind, reason } = outcome
        const key = JSON.stringify([kind, reason, rule])
        const outcomes = (groups.get(key)?.outcomes ?? 0) + 1
        groups.set(key, { kind, reason, rule, outcomes })
      }
    }
  }
  const sorted = [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group)
  return { total, groups: sorted, newest: newest.list() }
}

/** Keeps the newest by event time. */
class Newest {
  private kept: Outcome[] = []
  private readonly most: number

  constructor(most: number) {
    this.most = most
  }

  add(outcome: Outcome): void {
    this.kept.push(outcome)
    if (this.kept.length > 2 * this.most + 100) this.kept = this.list()
  }

  list(): Outcome[] {
    return this.kept.toSorted((a, b) => b.event_time - a.event_time).slice(0, this.most)
  }
}
