/** `weir rules draft|review|publish|retire|history|kill|restore|shadow`: steps in the life of rules. They work beside running services on the same log. */
import { existsSync } from 'node:fs'
import { stringify } from 'yaml'
import { loadRuleSet, readRecordedSet, readRuleHistory, stepTaken, takeRuleStep } from '../../warn/app.ts'
import type { RuleCommand, RuleRefusal, SetReference } from '../../warn/app.ts'
import { onConfiguredLog } from '../on-log.ts'
import { systemUser } from '../person.ts'
import { historyJson, historyText, recordedText, stepJson, stepText } from '../rules/render.ts'
import { CommandError, exitCodes, printJson, say } from '../terminal.ts'

/** Which log is meant. */
export interface LogOptions {
  /** Data directory; default: as configured. */
  readonly data?: string
}

/** Options of every step. */
export interface StepOptions extends LogOptions {
  readonly as?: string
  readonly reason?: string
  readonly json?: boolean
}

/** Refusals that mean: there is nothing of that name. */
const missing = new Set(['not_drafted', 'no_such_rule', 'nothing_in_force'])

async function take(command: RuleCommand, options: StepOptions): Promise<void> {
  const { as: by = systemUser(), reason: why = '' } = options
  // A draft may come before the first start; nothing else makes sense without one.
  const whenMissing = command.kind === 'draft' ? 'create' : 'refuse'
  const decision = await onConfiguredLog(
    'rules',
    options.data,
    (log) => takeRuleStep(log, command, { by, why, at: Date.now() }),
    whenMissing,
  )
  if (decision.kind === 'refused') {
    throw refusalError(decision.refusal, 'of' in command && command.of.sha256 !== '')
  }
  const steps = decision.kind === 'accepted' ? decision.steps.map(stepTaken) : []
  if (options.json === true) {
    printJson({ set: decision.set, outcome: decision.kind, steps: steps.map(stepJson) })
  } else if (decision.kind === 'done')
    say(`${decision.set} 此前已办 / it was so already; nothing was changed`)
  else for (const step of steps) process.stdout.write(`${stepText(step)}\n`)
}

/** @param isHeld the person holds the file: it is a step that is refused, not something that is not there */
function refusalError({ code, zh, en }: RuleRefusal, isHeld: boolean): CommandError {
  const exitCode = missing.has(code) && !isHeld ? exitCodes.notFound : exitCodes.validation
  return new CommandError(`${zh}\n  ${en}`, exitCode, { reason: code })
}

/** What a person calls a set: a version, an id and a version, or a file, whose content must then be what is on record. */
async function referenceTo(text: string): Promise<SetReference> {
  const [, ruleSetId, version] = /^(?:([a-z][a-z0-9-]*)\/)?(\d{1,10})$/.exec(text) ?? []
  if (version !== undefined) return { ruleSetId, version: Number(version), sha256: '' }
  const { file, sha256 } = await ruleFile(text)
  return { ruleSetId: file.rule_set_id, version: file.version, sha256 }
}

function ruleFile(path: string): ReturnType<typeof loadRuleSet> {
  if (!existsSync(path)) {
    throw new CommandError(
      `没有文件 ${path} / there is no file ${path}: give a rule file, a version such as 2, or default/2`,
      exitCodes.notFound,
    )
  }
  return loadRuleSet(path).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error)
    throw new CommandError(message, exitCodes.validation, { cause: error, reason: 'invalid_rule_file' })
  })
}

/** Puts a file on record. */
export async function draft(file: string, options: StepOptions): Promise<void> {
  await take({ kind: 'draft', set: await ruleFile(file) }, options)
}

/** Signs a draft of somebody else, or sends it back. */
export async function review(
  set: string,
  options: StepOptions & { readonly reject?: boolean },
): Promise<void> {
  const verdict = options.reject === true ? 'reject' : 'accept'
  await take({ kind: 'review', of: await referenceTo(set), verdict }, options)
}

/** Puts what was reviewed into force. */
export async function publish(set: string, options: StepOptions): Promise<void> {
  await take({ kind: 'publish', of: await referenceTo(set) }, options)
}

/** Withdraws a set that is not in force. */
export async function retire(set: string, options: StepOptions): Promise<void> {
  await take({ kind: 'retire', of: await referenceTo(set) }, options)
}

/** Switches a rule off at once. */
export async function kill(ruleId: string, options: StepOptions): Promise<void> {
  await take({ kind: 'kill', ruleId }, options)
}

/** Asks for a rule to be switched on again, or confirms it. */
export async function restore(ruleId: string, options: StepOptions): Promise<void> {
  await take({ kind: 'restore', ruleId }, options)
}

/** Lets a candidate run beside the set in force, or ends it. */
export async function shadow(
  file: string | undefined,
  options: StepOptions & { readonly off?: boolean },
): Promise<void> {
  if ((file === undefined) !== (options.off === true)) {
    throw new CommandError(
      '给出候选规则文件,或 --off / give the candidate’s file, or --off to end it',
      exitCodes.usage,
    )
  }
  await take(
    file === undefined ? { kind: 'end_shadow' } : { kind: 'shadow', set: await ruleFile(file) },
    options,
  )
}

/** Prints a set on record as a rule file, and on stderr where it stands and how it differs from the one in force. */
export async function show(set: string, options: LogOptions & { readonly json?: boolean }): Promise<void> {
  const of = await referenceTo(set)
  const found = await onConfiguredLog('rules', options.data, (log) => readRecordedSet(log, of))
  if ('code' in found) throw refusalError(found, of.sha256 !== '')
  if (options.json === true) {
    printJson(found)
    return
  }
  for (const line of recordedText(found)) say(line)
  process.stdout.write(stringify(found.file))
}

/** Prints every step and where things stand. */
export async function history(options: LogOptions & { readonly json?: boolean }): Promise<void> {
  const found = await onConfiguredLog('rules', options.data, readRuleHistory)
  if (options.json === true) printJson(historyJson(found))
  else process.stdout.write(`${historyText(found)}\n`)
}
