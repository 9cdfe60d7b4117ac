/** What the log knows of the rules in force: which facts were ever delivered, and which rules can find nothing without them. */
import { codecs } from '../../../schemas/codec.ts'
import { isFactKind } from '../../../schemas/fact.ts'
import { topics } from '../../../schemas/topics.ts'
import type { FactsFed } from '../../../schemas/types.ts'
import type { Log } from '../../platform/log/port.ts'
import { LogError } from '../../platform/log/port.ts'
import { fedRules } from '../core/rules/fed.ts'
import type { FedRule } from '../core/rules/fed.ts'
import { readRecordedSet, readRuleHistory } from './rule-history.ts'

/** Facts of one kind, over all partitions. Times in milliseconds since 1970. */
export interface FedKind {
  readonly kind: string
  readonly delivered: number
  readonly newestEventTime: number
  readonly arrivedAt: number
}

/** Rules in force and the facts they are fed with. */
export interface RulesStatus {
  /** Name of the set in force; undefined when none is. */
  readonly set: string | undefined
  readonly rules: readonly FedRule[]
  /** Kinds that were delivered, in order of their names. */
  readonly facts: readonly FedKind[]
}

/** The newest count of each kind and partition. */
async function readFed(log: Log): Promise<readonly FactsFed[]> {
  const newest = new Map<string, FactsFed>()
  try {
    const [bounds] = await log.offsets(topics.factsFed)
    for await (const { key, value } of log.read(topics.factsFed, 0, bounds?.first ?? 0))
      if (value !== null) newest.set(key, codecs.factsFed.decode(value))
  } catch (error) {
    // A log that was begun before there were facts, and not started since.
    if (!(error instanceof LogError) || error.code !== 'unknown_topic') throw error
  }
  return [...newest.values()]
}

function byKind(fed: readonly FactsFed[]): readonly FedKind[] {
  return [...new Set(fed.map(({ kind }) => kind))].toSorted().map((kind) => {
    const of = fed.filter((one) => one.kind === kind)
    return {
      kind,
      delivered: of.reduce((sum, one) => sum + one.delivered, 0),
      newestEventTime: Math.max(...of.map((one) => one.newest_event_time)),
      arrivedAt: Math.max(...of.map((one) => one.arrived_at)),
    }
  })
}

/** Reads it from the log. @throws LogError */
export async function readRulesStatus(log: Log): Promise<RulesStatus> {
  const facts = byKind(await readFed(log))
  const fed = new Set(facts.map(({ kind }) => kind).filter(isFactKind))
  const { active: set } = await readRuleHistory(log)
  if (set === undefined) return { set, rules: [], facts }
  const [ruleSetId = '', version = ''] = set.split('/')
  const recorded = await readRecordedSet(log, { ruleSetId, version: Number(version), sha256: '' })
  return { set, rules: 'code' in recorded ? [] : fedRules(recorded.file, fed), facts }
}
