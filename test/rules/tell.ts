/** Tells a rule's stories to the engine, as `weir simulate --story` and `weir replay` would. */
import type { Fact, Warning } from '../../schemas/types.ts'
import { plainFact } from '../../services/ingest/app.ts'
import { checkFact } from '../../services/ingest/core/facts/fact.ts'
import type { RuleStory, StoryFact, Telling } from '../../services/simulate/core/rule-stories/scene.ts'
import { storyFacts, storyRows } from '../../services/simulate/app.ts'
import { createReplay } from '../../services/warn/core/replay.ts'
import type { RuleSetContent } from '../../services/warn/core/rules/rule-file.ts'
import { transactionOf } from '../simulate/score.ts'

/** Warnings about anybody in one story, in order. */
export function warningsOfStory(
  story: RuleStory,
  which: 'fires' | 'below',
  ruleSet: RuleSetContent,
): Warning[] {
  const replay = createReplay(ruleSet)
  const emissions = [
    ...replay.facts(storyFacts(story, which).map(factOf)),
    ...replay.push(storyRows(story, which).map(transactionOf)),
    ...replay.finish(),
  ]
  return emissions.flatMap((emission) => (emission.type === 'warning' ? [emission.warning] : []))
}

/** The fact as ingestion would pass it on, without pseudonyms. */
function factOf({ kind, fields }: StoryFact): Fact {
  const checked = checkFact(kind, fields)
  if ('reason' in checked) throw new TypeError(`${kind} ${checked.reason} ${checked.detail}`)
  return plainFact(checked)
}

/** Whom a rule's story is about, as warnings name them. */
export function subjectOf({ subject }: Telling): string {
  return subject.id === '' ? subject.account : subject.id
}

/** The rule that a warning is about, and R22, which only raises the warnings of others. */
export function rulesOf({ rules }: Warning): string[] {
  return rules.flatMap(({ rule_id }, index) => (index === 0 || rule_id === 'R22' ? [rule_id] : []))
}
