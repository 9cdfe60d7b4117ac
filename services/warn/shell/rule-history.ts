/** The life of rules as people ask for it. */
import type { RuleSet, RuleStep } from '../../../schemas/types.ts'
import type { Log } from '../../platform/log/port.ts'
import { changesOf, rulesIn } from '../core/rule-life/compare.ts'
import type { SetChanges } from '../core/rule-life/compare.ts'
import { findSet } from '../core/rule-life/decide.ts'
import type { NewStep, SetReference } from '../core/rule-life/decide.ts'
import type { SetState, SwitchedOff } from '../core/rule-life/life.ts'
import { nameOf } from '../core/rule-life/life.ts'
import type { Refusal } from '../core/rule-life/refusal.ts'
import type { RuleFile } from '../core/rules/schema.ts'
import { lifeOf, readRuleSteps } from './rule-steps.ts'

/** One step that was taken. */
export interface RuleStepTaken {
  readonly step: RuleStep
  /** Id and version of the set, `default/3`. */
  readonly set: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly by: string
  /** The second person; empty where the step has none. */
  readonly approver: string
  readonly why: string
  readonly sha256: string
  /** Empty unless the step is about one rule. */
  readonly ruleId: string
  readonly ruleVersion: number
}

/** Every step in order, and what they add up to. */
export interface RuleHistory {
  readonly taken: readonly RuleStepTaken[]
  /** Name of the set in force. */
  readonly active: string | undefined
  readonly sets: readonly {
    readonly name: string
    readonly state: SetState
    readonly sha256: string
    readonly author: string
    readonly reviewer: string
  }[]
  readonly off: readonly SwitchedOff[]
  /** Name of the set that runs in the shadow. */
  readonly candidate: string | undefined
}

/** A step as people read it. */
export function stepTaken(step: RuleSet | NewStep): RuleStepTaken {
  return {
    step: step.step,
    set: nameOf(step.rule_set_id, step.version),
    at: step.published_at,
    // Before steps were kept, only the author was.
    by: step.by === '' ? step.author : step.by,
    approver: step.approver,
    why: step.why,
    sha256: step.content_sha256,
    ruleId: step.rule_id,
    ruleVersion: step.rule_version,
  }
}

/** A set on record, as whoever is to sign it reads it. */
export interface RecordedSet {
  readonly name: string
  readonly state: SetState
  readonly sha256: string
  readonly author: string
  readonly reviewer: string
  /** The rule file. */
  readonly file: RuleFile
  /** Beside the set in force; undefined when it is that one, or there is none. */
  readonly changes: SetChanges | undefined
}

/** Reads one set from the record. @throws LogError */
export async function readRecordedSet(log: Log, of: SetReference): Promise<RecordedSet | Refusal> {
  const life = lifeOf(await readRuleSteps(log))
  const set = findSet(life, of)
  if ('code' in set) return set
  const { active } = life
  const { state, sha256, author, reviewer } = set
  return {
    name: nameOf(set.ruleSetId, set.version),
    state,
    sha256,
    author,
    reviewer,
    file: rulesIn(set).file,
    changes: state === 'active' || active === undefined ? undefined : changesOf(active.content, set.content),
  }
}

/** Reads the record. @throws LogError */
export async function readRuleHistory(log: Log): Promise<RuleHistory> {
  const steps = await readRuleSteps(log)
  const { sets, active, off, candidate } = lifeOf(steps)
  return {
    taken: steps.map(stepTaken),
    active: active && nameOf(active.ruleSetId, active.version),
    sets: [...sets.values()].map(({ ruleSetId, version, state, sha256, author, reviewer }) => ({
      name: nameOf(ruleSetId, version),
      state,
      sha256,
      author,
      reviewer,
    })),
    off: [...off.values()],
    candidate: candidate && nameOf(candidate.ruleSetId, candidate.version),
  }
}
