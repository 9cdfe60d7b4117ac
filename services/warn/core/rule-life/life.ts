/**
 * The life of rule sets and of single rules, folded from the steps that were recorded: draft → reviewed → active → retired.
 * Beside it: rules that are switched off, and the candidate that runs in the shadow of the active set. Pure.
 */
import type { RuleSet } from '../../../../schemas/types.ts'

/** Where a set stands. `rejected` and `retired` are ends: what shall come after them is a new draft. */
export type SetState = 'draft' | 'reviewed' | 'rejected' | 'active' | 'retired'

/** One version of a rule set. */
export interface SetLife {
  readonly ruleSetId: string
  readonly version: number
  readonly state: SetState
  /** The rule file as canonical JSON. */
  readonly content: string
  readonly sha256: string
  readonly author: string
  /** The second person; empty until there is one, and for the set shipped with the product. */
  readonly reviewer: string
  /** It was in force once, or is. */
  readonly wasPublished: boolean
}

/** A rule that is switched off, and who asked for it to be switched on again; empty when nobody did. */
export interface SwitchedOff {
  readonly ruleId: string
  readonly version: number
  readonly by: string
  readonly restoreAskedBy: string
}

/** The set that runs beside the active one. */
export interface Candidate {
  readonly ruleSetId: string
  readonly version: number
  readonly sha256: string
}

/** All that the steps add up to. */
export interface RuleLife {
  /** By `nameOf`, in order of first appearance. */
  readonly sets: ReadonlyMap<string, SetLife>
  readonly active: SetLife | undefined
  /** By rule id. */
  readonly off: ReadonlyMap<string, SwitchedOff>
  readonly candidate: Candidate | undefined
}

/** Nothing happened yet. */
export const unborn: RuleLife = { sets: new Map(), active: undefined, off: new Map(), candidate: undefined }

/** What a version of a set is called: `default/3`. */
export function nameOf(ruleSetId: string, version: number): string {
  return `${ruleSetId}/${version}`
}

/** Adds one step. A step of a kind that this version does not know changes nothing. */
export function evolve(life: RuleLife, step: RuleSet): RuleLife {
  switch (step.step) {
    case 'drafted':
      return withSet(life, { ...newSet(step), state: 'draft' })
    case 'reviewed':
      return moved(life, step, { state: 'reviewed', reviewer: step.by })
    case 'rejected':
      return moved(life, step, { state: 'rejected', reviewer: step.by })
    case 'activated':
      return activated(life, step)
    case 'retired':
      return moved(life, step, { state: 'retired' })
    case 'rule_killed':
      return withOff(life, step.rule_id, {
        ruleId: step.rule_id,
        version: step.rule_version,
        by: step.by,
        restoreAskedBy: '',
      })
    case 'restore_asked': {
      const known = life.off.get(step.rule_id)
      return known === undefined ? life : withOff(life, step.rule_id, { ...known, restoreAskedBy: step.by })
    }
    case 'rule_restored':
      return withOff(life, step.rule_id, undefined)
    case 'candidate_shadowed': {
      const { rule_set_id: ruleSetId, version, content_sha256: sha256 } = step
      return { ...life, candidate: { ruleSetId, version, sha256 } }
    }
    case 'shadow_ended':
      return { ...life, candidate: undefined }
    case 'unknown':
      return life
  }
}

function newSet(step: RuleSet): Omit<SetLife, 'state'> {
  return {
    ruleSetId: step.rule_set_id,
    version: step.version,
    content: step.content,
    sha256: step.content_sha256,
    author: step.author,
    reviewer: '',
    wasPublished: false,
  }
}

function withSet(life: RuleLife, set: SetLife): RuleLife {
  const sets = new Map(life.sets).set(nameOf(set.ruleSetId, set.version), set)
  const isActive = life.active?.ruleSetId === set.ruleSetId && life.active.version === set.version
  return { ...life, sets, active: isActive && set.state !== 'active' ? undefined : life.active }
}

function moved(life: RuleLife, step: RuleSet, change: Partial<SetLife>): RuleLife {
  const known = life.sets.get(nameOf(step.rule_set_id, step.version))
  return known === undefined ? life : withSet(life, { ...known, ...change })
}

/** Logs of earlier versions have no step that retires: what was active is retired here as well. */
function activated(life: RuleLife, step: RuleSet): RuleLife {
  const { active } = life
  const retired = active === undefined ? life : withSet(life, { ...active, state: 'retired' })
  const set: SetLife = { ...newSet(step), state: 'active', reviewer: step.approver, wasPublished: true }
  return { ...withSet(retired, set), active: set }
}

function withOff(life: RuleLife, ruleId: string, entry: SwitchedOff | undefined): RuleLife {
  const off = new Map(life.off)
  if (entry === undefined) off.delete(ruleId)
  else off.set(ruleId, entry)
  return { ...life, off }
}
