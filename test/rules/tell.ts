/** Tells a rule's stories to the engine, as `weir simulate --story` and `weir replay` would. */
import type { Warning } from '../../schemas/types.ts'
import type { RuleStory, Telling } from '../../services/simulate/core/rule-stories/scene.ts'
import { storyRows } from '../../services/simulate/app.ts'
import { scoreTransactions } from '../../services/warn/core/replay.ts'
import type { RuleSetContent } from '../../services/warn/core/rules/rule-file.ts'
import { transactionOf } from '../simulate/score.ts'

/** Warnings about anybody in one story, in order. */
export function warningsOfStory(
  story: RuleStory,
  which: 'fires' | 'below',
  ruleSet: RuleSetContent,
): Warning[] {
  const rows = storyRows(story, which).map(transactionOf)
  return [...scoreTransactions(rows, ruleSet)].flatMap((emission) =>
    emission.type === 'warning' ? [emission.warning] : [],
  )
}

/** Whom a rule's story is about, as warnings name them. */
export function subjectOf({ subject }: Telling): string {
  return subject.id === '' ? subject.account : subject.id
}
