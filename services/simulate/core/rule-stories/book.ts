/** Every rule's stories, by the catalogue's numbers; what `weir simulate --story` tells and docs/rules.md shows. Pure. */
import { createNamedWriter } from '../row.ts'
import type { SimulatedTransaction } from '../transaction.ts'
import { avoidanceStories } from './avoidance.ts'
import { crowdStories } from './crowd.ts'
import { habitStories } from './habit.ts'
import { placeStories } from './place.ts'
import { recordStories } from './records.ts'
import type { RuleStory, StoryFact, Telling } from './scene.ts'
import { shapeStories } from './shape.ts'
import { sizeStories } from './size.ts'

/** All stories, R01 first. The same in every run, to the byte. */
export const ruleStories: readonly RuleStory[] = [
  ...sizeStories,
  ...avoidanceStories,
  ...shapeStories,
  ...crowdStories,
  ...habitStories,
  ...placeStories,
  ...recordStories,
].toSorted((a, b) => (a.rule < b.rule ? -1 : 1))

/** The rows of one story in order of time; ids are `story-R12-fires-00000001`. */
export function storyRows(story: RuleStory, which: 'fires' | 'below'): SimulatedTransaction[] {
  const telling: Telling = story[which]
  return telling.payments.map(createNamedWriter(`story-${story.rule}-${which}-`))
}

/** The facts of one story, in order of time. */
export function storyFacts(story: RuleStory, which: 'fires' | 'below'): readonly StoryFact[] {
  return story[which].facts
}
