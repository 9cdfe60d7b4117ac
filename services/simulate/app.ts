/** The simulator as the command line uses it: a district with stories whose truth is known. */
export { simulate } from './core/simulate.ts'
export {
  defaultSimulation,
  disorderMinutesMax,
  optionsProblem,
  transactionColumns,
} from './core/transaction.ts'
export type { Label, SimulatedTransaction, SimulationOptions, TransactionFields } from './core/transaction.ts'
export { writeSimulation } from './shell/write.ts'
export type { WriteSimulation } from './shell/write.ts'
