/** What somebody wants to do with rules, and what becomes of it: steps to record, controls to publish, or a refusal. Pure. */
import type { Control, RuleSet } from '../../../../schemas/types.ts'
import { activationOf, controlOf } from '../control.ts'
import type { RuleSetContent } from '../rules/rule-file.ts'
import { differingParts, differingRules, rulesIn, unraisedRules } from './compare.ts'
import type { RuleLife, SetLife } from './life.ts'
import { nameOf } from './life.ts'
import { refusal } from './refusal.ts'
import type { Refusal } from './refusal.ts'

/** A set that is on record: its version, whose id may be left out where only one set has it, and the content the person saw. */
export interface SetReference {
  readonly ruleSetId: string | undefined
  readonly version: number
  /** Empty: whatever is on record. */
  readonly sha256: string
}

/** What is wanted. */
export type RuleCommand =
  | { readonly kind: 'ship'; readonly set: RuleSetContent }
  | { readonly kind: 'draft'; readonly set: RuleSetContent }
  | { readonly kind: 'review'; readonly of: SetReference; readonly verdict: 'accept' | 'reject' }
  | { readonly kind: 'publish'; readonly of: SetReference }
  | { readonly kind: 'retire'; readonly of: SetReference }
  | { readonly kind: 'kill'; readonly ruleId: string }
  | { readonly kind: 'restore'; readonly ruleId: string }
  | { readonly kind: 'shadow'; readonly set: RuleSetContent }
  | { readonly kind: 'end_shadow' }

/** Who wants it, and why. */
export interface Actor {
  readonly by: string
  readonly why: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** A step before it has its place among all steps. */
export type NewStep = Omit<RuleSet, 'position'>

/** `done` says that it is so already: the command was repeated. */
export type Decision =
  | {
      readonly kind: 'accepted'
      readonly set: string
      readonly steps: readonly NewStep[]
      readonly controls: readonly Control[]
    }
  | { readonly kind: 'done'; readonly set: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** The name under which the product publishes the set shipped with it. */
export const product = 'weir'
const personMax = 100
const reasonMax = 1_000

/** True when two names stand for one person: widths, case and blanks around do not tell people apart. */
export function isSamePerson(one: string, other: string): boolean {
  return plain(one) === plain(other)
}

function plain(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase().replaceAll(/\s+/gu, ' ')
}

const refused = (why: Refusal): Decision => ({ kind: 'refused', refusal: why })

/** Decides a command. */
export function decide(life: RuleLife, command: RuleCommand, actor: Actor): Decision {
  if (command.kind === 'ship') return ship(life, command.set, actor)
  const wrong = actorProblem(command, actor)
  if (wrong !== undefined) return refused(wrong)
  switch (command.kind) {
    case 'draft':
      return draft(life, command.set, actor)
    case 'review':
      return onRecord(life, command.of, (set) => review(set, command.verdict, actor))
    case 'publish':
      return onRecord(life, command.of, (set) => publish(life, set, actor))
    case 'retire':
      return onRecord(life, command.of, (set) => retire(set, actor))
    case 'kill':
      return kill(life, command.ruleId, actor)
    case 'restore':
      return restore(life, command.ruleId, actor)
    case 'shadow':
      return shadow(life, command.set, actor)
    case 'end_shadow':
      return endShadow(life, actor)
  }
}

function actorProblem(command: RuleCommand, { by, why }: Actor): Refusal | undefined {
  if (plain(by) === '' || by.length > personMax) return refusal('no_person', {})
  if (isSamePerson(by, product)) return refusal('reserved_name', { person: by })
  const isGrave = command.kind === 'kill' || (command.kind === 'review' && command.verdict === 'reject')
  return (isGrave && why.trim() === '') || why.length > reasonMax ? refusal('no_reason', {}) : undefined
}

/** A step about a set. */
function stepOn(set: SetLife, actor: Actor, facts: Partial<NewStep> & Pick<NewStep, 'step'>): NewStep {
  return {
    rule_set_id: set.ruleSetId,
    version: set.version,
    content: '',
    content_sha256: set.sha256,
    author: set.author,
    approver: '',
    published_at: actor.at,
    by: actor.by.trim(),
    why: actor.why,
    rule_id: '',
    rule_version: 0,
    ...facts,
  }
}

function accepted(
  { ruleSetId, version }: SetLife,
  steps: readonly NewStep[],
  controls: readonly Control[] = [],
): Decision {
  return { kind: 'accepted', set: nameOf(ruleSetId, version), steps, controls }
}

const done = ({ ruleSetId, version }: SetLife): Decision => ({
  kind: 'done',
  set: nameOf(ruleSetId, version),
})

function setOf({ file, content, sha256 }: RuleSetContent, author: string): SetLife {
  const { rule_set_id: ruleSetId, version } = file
  return { ruleSetId, version, state: 'draft', content, sha256, author, reviewer: '', wasPublished: false }
}

/** The set shipped with the product goes into force by itself as long as people have not put one of their own there. */
function ship(life: RuleLife, given: RuleSetContent, actor: Actor): Decision {
  const set = setOf(given, product)
  const { active } = life
  const known = life.sets.get(nameOf(set.ruleSetId, set.version))
  if (known?.wasPublished === true) {
    if (known.sha256 !== set.sha256)
      return refused(refusal('version_taken', { set: nameOf(set.ruleSetId, set.version) }))
    if (known.state === 'active') return done(set)
  }
  const isPeoples = active !== undefined && active.reviewer !== ''
  const newest = newestPublished(life, set.ruleSetId)
  if (isPeoples || newest >= set.version) {
    const name = nameOf(set.ruleSetId, set.version)
    return refused(refusal('version_not_newer', { set: name, newest: active?.version ?? newest }))
  }
  return activation(life, set, given, { ...actor, by: product })
}

function newestPublished(life: RuleLife, ruleSetId: string): number {
  const versions = [...life.sets.values()]
    .filter((set) => set.ruleSetId === ruleSetId && set.wasPublished)
    .map(({ version }) => version)
  return Math.max(0, ...versions)
}

function draft(life: RuleLife, given: RuleSetContent, actor: Actor): Decision {
  const set = setOf(given, actor.by.trim())
  const known = life.sets.get(nameOf(set.ruleSetId, set.version))
  const isOpen = known?.state === 'draft' || known?.state === 'reviewed'
  if (isOpen && known.sha256 === set.sha256 && isSamePerson(known.author, set.author)) return done(set)
  const wrong = contentProblem(life, set)
  if (wrong !== undefined) return refused(wrong)
  return accepted(set, [stepOn(set, actor, { step: 'drafted', content: set.content })])
}

/** Versions only rise: that of the set, and that of each rule that differs from the one in force. */
function contentProblem(life: RuleLife, set: SetLife): Refusal | undefined {
  const name = nameOf(set.ruleSetId, set.version)
  if (life.sets.get(name)?.wasPublished === true) return refusal('version_taken', { set: name })
  const newest = newestPublished(life, set.ruleSetId)
  if (newest >= set.version) return refusal('version_not_newer', { set: name, newest })
  const rules = unraisedRules(life.active?.content, set.content)
  return rules.length === 0 ? undefined : refusal('rule_version_not_raised', { rules })
}

/** The set on record that is meant, if there is one and it is what the person saw. */
export function findSet(life: RuleLife, of: SetReference): SetLife | Refusal {
  const found = [...life.sets.values()].filter(
    (set) => set.version === of.version && (of.ruleSetId ?? set.ruleSetId) === set.ruleSetId,
  )
  const [set] = found
  if (set === undefined) return refusal('not_drafted', { set: nameOf(of.ruleSetId ?? '…', of.version) })
  const name = nameOf(set.ruleSetId, set.version)
  if (found.length > 1) {
    return refusal('several_sets', {
      sets: found.map(({ ruleSetId, version }) => nameOf(ruleSetId, version)),
    })
  }
  if (of.sha256 === '' || of.sha256 === set.sha256) return set
  return refusal('other_content', { set: name, known: set.sha256, given: of.sha256 })
}

function onRecord(life: RuleLife, of: SetReference, then: (set: SetLife) => Decision): Decision {
  const set = findSet(life, of)
  return 'code' in set ? refused(set) : then(set)
}

function review(set: SetLife, verdict: 'accept' | 'reject', actor: Actor): Decision {
  const name = nameOf(set.ruleSetId, set.version)
  const isRepeated = set.state === (verdict === 'accept' ? 'reviewed' : 'rejected')
  if (isSamePerson(set.author, actor.by)) {
    return refused(refusal('same_person', { set: name, person: set.author }))
  }
  if (isRepeated && isSamePerson(set.reviewer, actor.by)) return done(set)
  const isOpen = set.state === 'draft' || set.state === 'reviewed'
  if (!isOpen) return refused(refusal('wrong_state', { set: name, state: set.state }))
  const step = verdict === 'accept' ? 'reviewed' : 'rejected'
  return accepted(set, [stepOn(set, actor, { step, approver: actor.by.trim() })])
}

function publish(life: RuleLife, set: SetLife, actor: Actor): Decision {
  const name = nameOf(set.ruleSetId, set.version)
  if (set.state === 'active') return done(set)
  if (set.state === 'draft' || set.reviewer === '' || isSamePerson(set.author, set.reviewer)) {
    return refused(refusal('not_reviewed', { set: name, author: set.author }))
  }
  if (set.state !== 'reviewed') return refused(refusal('wrong_state', { set: name, state: set.state }))
  // Another set may have gone into force since the draft.
  const wrong = contentProblem(life, set)
  return wrong === undefined ? activation(life, set, rulesIn(set), actor) : refused(wrong)
}

/** The set in force makes room, rules that come with a newer version are on again, a candidate that goes into force needs no shadow. */
function activation(life: RuleLife, set: SetLife, given: RuleSetContent, actor: Actor): Decision {
  const { active, candidate } = life
  const name = nameOf(set.ruleSetId, set.version)
  const because = { ...actor, why: name }
  const steps: NewStep[] = active === undefined ? [] : [stepOn(active, because, { step: 'retired' })]
  steps.push(stepOn(set, actor, { step: 'activated', approver: set.reviewer, content: set.content }))
  const controls = [activationOf(given, { issued_at: actor.at })]
  for (const { ruleId, version } of life.off.values()) {
    const rule = given.file.rules.find(({ id }) => id === ruleId)
    if (rule === undefined || rule.version <= version) continue
    steps.push(stepOn(set, because, { step: 'rule_restored', rule_id: ruleId, rule_version: rule.version }))
  }
  if (candidate?.sha256 === set.sha256) {
    steps.push(stepOn(set, because, { step: 'shadow_ended' }))
    controls.push(noCandidate(actor.at))
  }
  return accepted(set, steps, controls)
}

function retire(set: SetLife, actor: Actor): Decision {
  const name = nameOf(set.ruleSetId, set.version)
  if (set.state === 'retired') return done(set)
  if (set.state === 'active') return refused(refusal('in_force', { set: name }))
  return accepted(set, [stepOn(set, actor, { step: 'retired' })])
}

/** Goes on with the set in force and one of its rules. */
function onRule(
  life: RuleLife,
  ruleId: string,
  then: (active: SetLife, version: number) => Decision,
): Decision {
  const { active } = life
  if (active === undefined) return refused(refusal('nothing_in_force', {}))
  const rule = rulesIn(active).file.rules.find(({ id }) => id === ruleId)
  if (rule !== undefined) return then(active, rule.version)
  return refused(refusal('no_such_rule', { rule: ruleId, set: nameOf(active.ruleSetId, active.version) }))
}

function kill(life: RuleLife, ruleId: string, actor: Actor): Decision {
  return onRule(life, ruleId, (active, version) => {
    if (life.off.has(ruleId)) return done(active)
    const control = controlOf('rule_killed', {
      control_id: `rule-killed/${ruleId}/${actor.at}`,
      issued_at: actor.at,
      rule_id: ruleId,
      rule_version: version,
    })
    const step = stepOn(active, actor, { step: 'rule_killed', rule_id: ruleId, rule_version: version })
    return accepted(active, [step], [control])
  })
}

/** Switching on again takes two: one who asks, another who confirms. */
function restore(life: RuleLife, ruleId: string, actor: Actor): Decision {
  return onRule(life, ruleId, (active, version) => {
    const entry = life.off.get(ruleId)
    if (entry === undefined) return refused(refusal('not_switched_off', { rule: ruleId }))
    const facts = { rule_id: ruleId, rule_version: version }
    const asker = entry.restoreAskedBy
    if (asker === '') return accepted(active, [stepOn(active, actor, { step: 'restore_asked', ...facts })])
    if (isSamePerson(asker, actor.by)) {
      return refused(refusal('same_asker', { rule: ruleId, person: asker }))
    }
    const control = controlOf('rule_restored', {
      control_id: `rule-restored/${ruleId}/${actor.at}`,
      issued_at: actor.at,
      ...facts,
    })
    const step = stepOn(active, actor, { step: 'rule_restored', approver: asker, ...facts })
    return accepted(active, [step], [control])
  })
}

function shadow(life: RuleLife, given: RuleSetContent, actor: Actor): Decision {
  const { active, candidate } = life
  if (active === undefined) return refused(refusal('nothing_in_force', {}))
  const set = setOf(given, actor.by.trim())
  if (candidate?.sha256 === set.sha256) return done(set)
  const parts = differingParts(active.content, set.content)
  if (parts.length > 0) return refused(refusal('other_frame', { parts }))
  if (differingRules(active.content, set.content).length === 0) {
    return refused(refusal('nothing_differs', { set: nameOf(active.ruleSetId, active.version) }))
  }
  const control = controlOf('candidate_shadowed', {
    control_id: `shadow/${set.sha256}/${actor.at}`,
    issued_at: actor.at,
    rule_set_id: set.ruleSetId,
    rule_set_version: set.version,
    content: set.content,
  })
  const step = stepOn(set, actor, { step: 'candidate_shadowed', content: set.content })
  return accepted(set, [step], [control])
}

function endShadow(life: RuleLife, actor: Actor): Decision {
  const { candidate } = life
  if (candidate === undefined) return { kind: 'done', set: '' }
  const { ruleSetId, version, sha256 } = candidate
  const set: SetLife = {
    ruleSetId,
    version,
    sha256,
    state: 'draft',
    content: '',
    author: actor.by.trim(),
    reviewer: '',
    wasPublished: false,
  }
  return accepted(set, [stepOn(set, actor, { step: 'shadow_ended' })], [noCandidate(actor.at)])
}

function noCandidate(at: number): Control {
  return controlOf('candidate_shadowed', { control_id: `shadow/off/${at}`, issued_at: at })
}
