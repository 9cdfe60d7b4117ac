import { describe, expect, it } from 'vitest'
import { loadRuleSet } from '../../shell/rule-files.ts'
import type { RuleSetContent } from '../rules/rule-file.ts'
import { canonicalJson, requireRuleFile } from '../rules/rule-file.ts'
import type { RuleFile, RuleSpec } from '../rules/schema.ts'
import type { Decision, RuleCommand, SetReference } from './decide.ts'
import { changesOf } from './compare.ts'
import { decide } from './decide.ts'
import type { RuleLife } from './life.ts'
import { evolve, unborn } from './life.ts'

const shipped = await loadRuleSet()
const { version: first, rule_set_id: id } = shipped.file

/** The shipped set as people change it. */
function changed(version: number, change: (rule: RuleSpec) => RuleSpec = (rule) => rule): RuleSetContent {
  const file: RuleFile = { ...shipped.file, version, rules: shipped.file.rules.map(change) }
  return requireRuleFile(canonicalJson(file), file.calendar)
}

/** R02 with a line of its own, as the version given. */
const raised =
  (ruleVersion: number) =>
  (rule: RuleSpec): RuleSpec =>
    rule.id === 'R02'
      ? { ...rule, version: ruleVersion, levels: [{ level: 'blue', any: [{ total: '400000' }] }] }
      : rule

const next = changed(first + 1, raised(2))
const onRecord = (version = first + 1, sha256 = ''): SetReference => ({ ruleSetId: id, version, sha256 })

/** A life, told command by command; `said` is what came of each. */
class Story {
  life: RuleLife = unborn
  readonly said: string[] = []
  readonly steps: string[] = []
  readonly controls: string[] = []

  do(by: string, command: RuleCommand, why = 'because'): this {
    const decision = decide(this.life, command, { by, why, at: 1 })
    this.said.push(decision.kind === 'refused' ? decision.refusal.code : decision.kind)
    this.take(decision)
    return this
  }

  private take(decision: Decision): void {
    if (decision.kind !== 'accepted') return
    for (const step of decision.steps) {
      this.steps.push(`${step.step} ${step.version} ${step.rule_id}`.trim())
      this.life = evolve(this.life, { ...step, position: 1 })
    }
    this.controls.push(...decision.controls.map(({ kind }) => kind))
  }
}

const begun = () => new Story().do('weir', { kind: 'ship', set: shipped })
const drafted = () => begun().do('li', { kind: 'draft', set: next })
const reviewed = () => drafted().do('wang', { kind: 'review', of: onRecord(), verdict: 'accept' })
const published = () => reviewed().do('li', { kind: 'publish', of: onRecord() })

/** What the last command came to. */
const last = (story: Story) => story.said.at(-1)

describe('a rule set', () => {
  it('is drafted, reviewed by a second person, put into force, and retires the one before', () => {
    const { life, steps, controls } = published()
    expect(steps).toEqual([
      `activated ${first}`,
      `drafted ${first + 1}`,
      `reviewed ${first + 1}`,
      `retired ${first}`,
      `activated ${first + 1}`,
    ])
    expect(controls).toEqual(['rule_set_activated', 'rule_set_activated'])
    expect(life.active).toMatchObject({ version: first + 1, author: 'li', reviewer: 'wang' })
    expect([...life.sets.values()].map(({ version, state }) => [version, state])).toEqual([
      [first, 'retired'],
      [first + 1, 'active'],
    ])
  })

  it.each(['li', 'LI', ' Li ', 'ｌｉ'])('is not reviewed by its author, who writes %j', (name) => {
    expect(last(drafted().do(name, { kind: 'review', of: onRecord(), verdict: 'accept' }))).toBe(
      'same_person',
    )
  })

  it('is not published without a second person', () => {
    expect(last(drafted().do('wang', { kind: 'publish', of: onRecord() }))).toBe('not_reviewed')
    expect(last(begun().do('wang', { kind: 'publish', of: onRecord() }))).toBe('not_drafted')
  })

  it('is not published when it is not what was reviewed', () => {
    const other = changed(first + 1, raised(3))
    const of = onRecord(first + 1, other.sha256)
    expect(last(reviewed().do('li', { kind: 'publish', of }))).toBe('other_content')
    expect(last(drafted().do('wang', { kind: 'review', of, verdict: 'accept' }))).toBe('other_content')
  })

  it('is to be reviewed again when it is drafted again with other content', () => {
    const other = changed(first + 1, raised(3))
    const story = reviewed()
      .do('li', { kind: 'draft', set: other })
      .do('li', { kind: 'publish', of: onRecord() })
    expect(last(story)).toBe('not_reviewed')
  })

  it('is to be reviewed again when somebody else drafts the same', () => {
    const story = reviewed()
      .do('wang', { kind: 'draft', set: next })
      .do('li', { kind: 'publish', of: onRecord() })
    expect(last(story)).toBe('not_reviewed')
  })

  it('that was rejected is not published', () => {
    const story = drafted()
      .do('wang', { kind: 'review', of: onRecord(), verdict: 'reject' })
      .do('li', { kind: 'publish', of: onRecord() })
    expect(last(story)).toBe('wrong_state')
  })

  it('has a version that only rises', () => {
    expect(last(begun().do('li', { kind: 'draft', set: changed(first, raised(2)) }))).toBe('version_taken')
    const story = begun()
      .do('li', { kind: 'draft', set: changed(first + 5, raised(2)) })
      .do('wang', { kind: 'review', of: onRecord(first + 5), verdict: 'accept' })
      .do('wang', { kind: 'publish', of: onRecord(first + 5) })
      .do('li', { kind: 'draft', set: changed(first + 4, raised(3)) })
    expect(last(story)).toBe('version_not_newer')
  })

  it('is refused when a rule changes and keeps its version: its warnings could not be told apart', () => {
    expect(last(begun().do('li', { kind: 'draft', set: changed(first + 1, raised(1)) }))).toBe(
      'rule_version_not_raised',
    )
  })

  it('is measured against the set that is in force when it is published, not when it was drafted', () => {
    const story = reviewed()
      .do('li', { kind: 'draft', set: changed(first + 2, raised(4)) })
      .do('wang', { kind: 'review', of: onRecord(first + 2), verdict: 'accept' })
      .do('wang', { kind: 'publish', of: onRecord(first + 2) })
      .do('li', { kind: 'publish', of: onRecord() })
    expect(last(story)).toBe('version_not_newer')
  })

  it('can be withdrawn before it is published; the one in force cannot', () => {
    expect(
      reviewed()
        .do('li', { kind: 'retire', of: onRecord() })
        .life.sets.get(`${id}/${first + 1}`)?.state,
    ).toBe('retired')
    expect(last(begun().do('li', { kind: 'retire', of: onRecord(first) }))).toBe('in_force')
  })

  it('takes each step once, however often it is asked for', () => {
    const story = published()
      .do('li', { kind: 'publish', of: onRecord() })
      .do('weir', { kind: 'ship', set: next })
    expect(story.said.slice(-2)).toEqual(['done', 'done'])
    expect(last(drafted().do('li', { kind: 'draft', set: next }))).toBe('done')
    expect(last(reviewed().do('wang', { kind: 'review', of: onRecord(), verdict: 'accept' }))).toBe('done')
  })

  it('needs a person: not nobody, and not the product', () => {
    expect(last(begun().do(' ', { kind: 'draft', set: next }))).toBe('no_person')
    expect(last(begun().do('Weir', { kind: 'draft', set: next }))).toBe('reserved_name')
  })
})

describe('the set shipped with the product', () => {
  it('goes into force by itself, and so does a newer one', () => {
    expect(begun().do('weir', { kind: 'ship', set: changed(first + 1) }).said).toEqual([
      'accepted',
      'accepted',
    ])
  })

  it('leaves the set that people published in force', () => {
    expect(last(published().do('weir', { kind: 'ship', set: changed(first + 9) }))).toBe('version_not_newer')
    expect(last(published().do('weir', { kind: 'ship', set: shipped }))).toBe('version_not_newer')
  })

  it('is not taken for another with its version', () => {
    expect(last(begun().do('weir', { kind: 'ship', set: changed(first, raised(2)) }))).toBe('version_taken')
  })
})

describe('a rule', () => {
  const killed = () => begun().do('wang', { kind: 'kill', ruleId: 'R02' })

  it('is switched off by one person, with a reason', () => {
    const { life, controls } = killed()
    expect(life.off.get('R02')).toMatchObject({ version: 1, by: 'wang' })
    expect(controls.at(-1)).toBe('rule_killed')
    expect(last(begun().do('wang', { kind: 'kill', ruleId: 'R02' }, ' '))).toBe('no_reason')
    expect(last(begun().do('wang', { kind: 'kill', ruleId: 'R99' }))).toBe('no_such_rule')
    expect(last(new Story().do('wang', { kind: 'kill', ruleId: 'R02' }))).toBe('nothing_in_force')
    expect(last(killed().do('li', { kind: 'kill', ruleId: 'R02' }))).toBe('done')
  })

  it('is switched on again by two: one who asks, and another who confirms', () => {
    const asked = () => killed().do('wang', { kind: 'restore', ruleId: 'R02' })
    expect(asked().life.off.has('R02')).toBe(true)
    expect(last(asked().do('Wang', { kind: 'restore', ruleId: 'R02' }))).toBe('same_asker')
    const confirmed = asked().do('li', { kind: 'restore', ruleId: 'R02' })
    expect(confirmed.life.off.has('R02')).toBe(false)
    expect(confirmed.controls.at(-1)).toBe('rule_restored')
    expect(last(begun().do('li', { kind: 'restore', ruleId: 'R02' }))).toBe('not_switched_off')
  })

  it('is on again with the next set that brings a newer version of it, and stays off with any other', () => {
    const story = killed()
      .do('li', { kind: 'draft', set: next })
      .do('wang', { kind: 'review', of: onRecord(), verdict: 'accept' })
      .do('li', { kind: 'publish', of: onRecord() })
    expect(story.life.off.has('R02')).toBe(false)
    expect(story.steps.at(-1)).toBe(`rule_restored ${first + 1} R02`)
    const other = killed().do('weir', { kind: 'ship', set: changed(first + 1) })
    expect(other.life.off.has('R02')).toBe(true)
  })
})

describe('a candidate', () => {
  it('runs in the shadow until it is told off or goes into force', () => {
    const story = begun().do('li', { kind: 'shadow', set: next })
    expect(story.life.candidate).toMatchObject({ version: first + 1 })
    expect(story.do('li', { kind: 'shadow', set: next }).said.at(-1)).toBe('done')
    expect(story.do('li', { kind: 'end_shadow' }).life.candidate).toBeUndefined()
    expect(story.do('li', { kind: 'end_shadow' }).said.at(-1)).toBe('done')
    const inForce = reviewed()
      .do('li', { kind: 'shadow', set: next })
      .do('li', { kind: 'publish', of: onRecord() })
    expect(inForce.life.candidate).toBeUndefined()
    expect(inForce.controls.slice(-2)).toEqual(['rule_set_activated', 'candidate_shadowed'])
  })

  it('must differ in a rule, and in nothing but rules and scoring', () => {
    expect(last(begun().do('li', { kind: 'shadow', set: changed(first + 1) }))).toBe('nothing_differs')
    const file = { ...next.file, parameters: { ...next.file.parameters, scoring_days: 7 } }
    const set = requireRuleFile(canonicalJson(file), file.calendar)
    expect(last(begun().do('li', { kind: 'shadow', set }))).toBe('other_frame')
  })
})

describe('what differs from the set in force', () => {
  it('is told to whoever is to sign: rules that are new, changed, gone, and other parts', () => {
    const renamed = changed(first + 1, (rule) =>
      rule.id === 'R01' ? { ...rule, id: 'X01', version: 7 } : raised(2)(rule),
    )
    const file = { ...renamed.file, parameters: { ...renamed.file.parameters, scoring_days: 7 } }
    expect(changesOf(shipped.content, canonicalJson(file))).toEqual({
      added: ['X01 v7'],
      changed: ['R02 v1 → v2'],
      gone: ['R01 v1'],
      parts: ['parameters'],
    })
    expect(changesOf(shipped.content, shipped.content)).toEqual({
      added: [],
      changed: [],
      gone: [],
      parts: [],
    })
  })

  it('needs a name when several sets have the version', () => {
    const other = requireRuleFile(canonicalJson({ ...next.file, rule_set_id: 'other' }), next.file.calendar)
    const story = drafted().do('li', { kind: 'draft', set: other })
    const of = { ruleSetId: undefined, version: first + 1, sha256: '' }
    expect(last(story.do('wang', { kind: 'review', of, verdict: 'accept' }))).toBe('several_sets')
    expect(
      last(story.do('wang', { kind: 'review', of: { ...of, ruleSetId: 'other' }, verdict: 'accept' })),
    ).toBe('accepted')
  })
})

describe('a log of an earlier version', () => {
  it('has a set in force that the product published', () => {
    const life = evolve(unborn, {
      rule_set_id: id,
      version: first,
      content: shipped.content,
      content_sha256: shipped.sha256,
      author: 'weir',
      approver: '',
      published_at: 1,
      step: 'activated',
      position: 0,
      by: '',
      why: '',
      rule_id: '',
      rule_version: 0,
    })
    expect(decide(life, { kind: 'ship', set: shipped }, { by: 'weir', why: '', at: 2 }).kind).toBe('done')
    expect(decide(life, { kind: 'ship', set: next }, { by: 'weir', why: '', at: 2 }).kind).toBe('accepted')
  })
})
