/**
 * Steps in the life of rules, each taken once: the step on record and the controls that carry it to the fold are one atomic write to
 * every partition of the flows topic, so that it applies at one place in each; running services take it there.
 *
 * Who decides goes by all that was decided before: the publisher is taken over first, which fences everybody else, and only then the
 * record is read to its end. A step whose answer was lost is decided anew on the record, and found to be done.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { codecs } from '../../../schemas/codec.ts'
import { topics } from '../../../schemas/topics.ts'
import type { RuleSet } from '../../../schemas/types.ts'
import type { Log, NewRecord } from '../../platform/log/port.ts'
import { LogError } from '../../platform/log/port.ts'
import type { Actor, Decision, NewStep, RuleCommand } from '../core/rule-life/decide.ts'
import { decide, product } from '../core/rule-life/decide.ts'
import type { RuleLife } from '../core/rule-life/life.ts'
import { evolve, unborn } from '../core/rule-life/life.ts'
import type { RuleSetContent } from '../core/rules/rule-file.ts'
import { blockRecord, controlRecords, headersOf } from './records.ts'

/** Processes that start together take the publisher from one another; each looks again after the others. */
const triesMax = 10
const pauseMs = 50

/** Every step on record, in order. */
export async function readRuleSteps(log: Log): Promise<readonly RuleSet[]> {
  await log.ensureTopics([topics.ruleSets])
  const steps: RuleSet[] = []
  const [bounds] = await log.offsets(topics.ruleSets)
  for await (const { value } of log.read(topics.ruleSets, 0, bounds?.first ?? 0)) {
    if (value !== null) steps.push(codecs.ruleSet.decode(value))
  }
  return steps
}

/** What the steps add up to. */
export function lifeOf(steps: readonly RuleSet[]): RuleLife {
  return steps.reduce(evolve, unborn)
}

/**
 * Decides a command on what is on record, and takes the step. Repeating it, also from several processes at once, changes nothing.
 * @throws LogError when the log refuses for longer than a moment
 */
export async function takeRuleStep(log: Log, command: RuleCommand, actor: Actor): Promise<Decision> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryToTake(log, command, actor)
    } catch (error) {
      const mayPass =
        error instanceof LogError &&
        (error.code === 'fenced' || error.code === 'position_behind' || error.retriable)
      if (!mayPass || tries === triesMax) throw error
      await pause(pauseMs * tries * Math.random())
    }
  }
}

async function tryToTake(log: Log, command: RuleCommand, actor: Actor): Promise<Decision> {
  await log.ensureTopics([topics.transactions, topics.flows, topics.ruleSets])
  const publisher = await log.publisher('warn-control')
  try {
    const position = (await publisher.position()) + 1
    const life = lifeOf(await readRuleSteps(log))
    const decision = decide(life, command, actor)
    if (decision.kind !== 'accepted') return decision
    const partitions = (await log.offsets(topics.flows)).length
    const records = decision.controls.flatMap((control) => controlRecords(control, partitions))
    const isFirst = life.active === undefined && decision.steps.some(({ step }) => step === 'activated')
    if (isFirst) records.push(...announcements((await log.offsets(topics.transactions)).length, partitions))
    records.push(...decision.steps.map((step, number) => stepRecord(step, position, number)))
    await publisher.publish(records, position)
    return decision
  } finally {
    await publisher.close()
  }
}

function stepRecord(step: NewStep, position: number, number: number): NewRecord {
  const id = `${step.rule_set_id}/${position}/${number}`
  return {
    topic: topics.ruleSets,
    key: id,
    value: codecs.ruleSet.encode({ ...step, position }),
    headers: headersOf(id, 'weir.rule-set.v1', step.published_at, ''),
    timestamp: step.published_at,
  }
}

/** Makes every source known from the start: one that was not read yet holds the watermark back. */
function announcements(sources: number, partitions: number): NewRecord[] {
  const records: NewRecord[] = []
  for (let source = 0; source < sources; source += 1) {
    for (let partition = 0; partition < partitions; partition += 1) {
      const block = { source, source_event_time: 0, flows: [] }
      records.push(blockRecord(partition, block, `announce/${source}/${partition}`, ''))
    }
  }
  return records
}

/** What became of the shipped set: now in force; in force already; or another set is in force and stays, newer or of the same version. */
export type PublishOutcome = 'published' | 'in_force' | 'superseded' | 'version_taken'

/** Puts the set shipped with the product into force, unless it was before or people have published one of their own. @param at milliseconds since 1970 */
export async function publishShippedSet(log: Log, set: RuleSetContent, at: number): Promise<PublishOutcome> {
  const decision = await takeRuleStep(log, { kind: 'ship', set }, { by: product, why: '', at })
  if (decision.kind === 'accepted') return 'published'
  if (decision.kind === 'done') return 'in_force'
  return decision.refusal.code === 'version_taken' ? 'version_taken' : 'superseded'
}
