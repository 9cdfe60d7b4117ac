/** The simulator as the command line uses it: a district with stories whose truth is known. */
export { simulate } from './core/simulate.ts'
export { defaultSimulation, disorderMinutesMax, optionsProblem } from './core/transaction.ts'
export { ruleStories, storyFacts, storyRows } from './core/rule-stories/book.ts'
export type { Label, SimulatedTransaction, SimulationOptions } from './core/transaction.ts'
export { writeSimulation } from './shell/write.ts'
export { writeFacts } from './shell/write-facts.ts'
export type { WriteSimulation } from './shell/write.ts'
