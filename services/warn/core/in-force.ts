/** Which rules are in force: the set activated last, without those switched off, and beside it a candidate. Told by controls, stored with the state. Pure. */
import type { Control } from '../../../schemas/types.ts'
import { compileRuleSet } from './rules/compile.ts'
import type { CompiledRuleSet } from './rules/compile.ts'
import { readRuleFile } from './rules/rule-file.ts'
import type { RuleSetContent } from './rules/rule-file.ts'

/** As stored. */
interface InForceFacts {
  /** Rule file in force, canonical JSON; empty before the first. */
  readonly content: string
  /** Rules switched off, and the version that was. */
  readonly off: Readonly<Record<string, number>>
  /** Rule file of the candidate; empty = none. */
  readonly candidate: string
}

/** What is in force at one place of the log. */
export interface InForce extends InForceFacts {
  /** Undefined before the first set. */
  readonly set: CompiledRuleSet | undefined
}

/** What a control came to: other rules are in force; a rule file that cannot be used leaves them as they are; it is about something else. */
export type RuleChange =
  | { readonly kind: 'changed'; readonly inForce: InForce; readonly switchedOff?: string }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'none' }

/** Before any rule set. */
export const noRules: InForce = { content: '', off: {}, candidate: '', set: undefined }

const noCalendar = { version: 'none', off: [], work: [] }

/** Folds one control. */
export function ruleChange(before: InForce, control: Control): RuleChange {
  switch (control.kind) {
    case 'rule_set_activated':
      return activated(before, control.content)
    case 'rule_killed':
      return before.off[control.rule_id] === undefined
        ? changed(
            { ...before, off: { ...before.off, [control.rule_id]: control.rule_version } },
            control.rule_id,
          )
        : { kind: 'none' }
    case 'rule_restored': {
      const { [control.rule_id]: _restored, ...off } = before.off
      return changed({ ...before, off })
    }
    case 'candidate_shadowed':
      if (control.content !== '' && checked(control.content) === undefined) return { kind: 'invalid' }
      return changed({ ...before, candidate: control.content })
    case 'source_idle':
    case 'exemption_granted':
    case 'exemption_revoked':
    case 'label':
    case 'unknown':
      return { kind: 'none' }
  }
}

/** A newer version of a rule that was switched off is on again. */
function activated(before: InForce, content: string): RuleChange {
  const read = checked(content)
  if (read === undefined) return { kind: 'invalid' }
  const versions = new Map(read.file.rules.map(({ id, version }) => [id, version]))
  const off = Object.fromEntries(
    Object.entries(before.off).filter(([id, version]) => (versions.get(id) ?? 0) <= version),
  )
  return changed({ ...before, content, off })
}

function changed({ content, off, candidate }: InForceFacts, switchedOff?: string): RuleChange {
  const facts = { content, off, candidate }
  const inForce = { ...facts, set: compiled(facts) }
  return { kind: 'changed', inForce, ...(switchedOff === undefined ? {} : { switchedOff }) }
}

/** As bytes for the state. */
export function encodeInForce({ content, off, candidate }: InForce): Buffer {
  return Buffer.from(JSON.stringify({ content, off, candidate }))
}

/** From the state. */
export function decodeInForce(bytes: Uint8Array | undefined): InForce {
  if (bytes === undefined) return noRules
  const facts = JSON.parse(Buffer.from(bytes).toString('utf8')) as InForceFacts
  return { ...facts, set: compiled(facts) }
}

/** Rule files read and sets compiled last: the partitions of one process, and one replay after the other, share them. */
const files = new Map<string, RuleSetContent>()
const sets = new Map<string, CompiledRuleSet>()
const keptMax = 8

function kept<Value>(
  known: Map<string, Value>,
  key: string,
  make: () => Value | undefined,
): Value | undefined {
  const found = known.get(key)
  if (found !== undefined) return found
  const made = make()
  if (made === undefined) return undefined
  if (known.size >= keptMax) known.clear()
  known.set(key, made)
  return made
}

function checked(content: string): RuleSetContent | undefined {
  return kept(files, content, () => {
    const read = readRuleFile(content, noCalendar)
    return 'problems' in read ? undefined : read
  })
}

function compiled({ content, off, candidate }: InForceFacts): CompiledRuleSet | undefined {
  const isPlain = candidate === '' && Object.keys(off).length === 0
  return kept(sets, isPlain ? content : JSON.stringify([content, off, candidate]), () => {
    const read = checked(content)
    if (read === undefined) return undefined
    return compileRuleSet(read, { off: new Set(Object.keys(off)), candidate: checked(candidate)?.file })
  })
}
