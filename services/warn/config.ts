/** What of warn can be set besides the rule set, whose parameters travel in the log. */

/** Settings of warn. */
export interface WarnConfig {
  /** Flows after which stage two stores the state of changed subjects. */
  readonly checkpointFlows: number
  /** Batches after which it does so at the latest. */
  readonly checkpointBatches: number
  /** Transactions that stage one takes at once. */
  readonly batchTransactions: number
  /** Blocks that stage two takes at once. */
  readonly batchBlocks: number
  /** Milliseconds of event time by which a source may be ahead of the slowest one that has more to read. Below the allowed lateness. */
  readonly alignMs: number
  /** Flows kept in memory per partition after a checkpoint. */
  readonly residentFlowsMax: number
  /** A source without new transactions for this long is not waited for; milliseconds. */
  readonly idleAfterMs: number
  /** How long transactions are remembered, days of event time. */
  readonly dedupeHorizonDays: number
}

/** The defaults. */
export const warnDefaults: WarnConfig = {
  checkpointFlows: 250_000,
  checkpointBatches: 5_000,
  batchTransactions: 10_000,
  batchBlocks: 1_000,
  alignMs: 1_800_000,
  residentFlowsMax: 2_000_000,
  idleAfterMs: 300_000,
  dedupeHorizonDays: 400,
}
