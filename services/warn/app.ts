/** Composition root of warn: transactions in, warnings and outcomes out. Also what other services of the process may call. */
import { Subject } from 'rxjs'
import type { Observable, Subscription } from 'rxjs'
import { topics } from '../../schemas/topics.ts'
import type { TopicSpec } from '../../schemas/topics.ts'
import type { Running } from '../platform/lifecycle.ts'
import type { Log, Progress } from '../platform/log/port.ts'
import { waitUntil } from '../platform/log/wait.ts'
import type { Telemetry } from '../platform/telemetry/port.ts'
import { warnDefaults } from './config.ts'
import type { WarnConfig } from './config.ts'
import type { RuleSetContent } from './core/rules/rule-file.ts'
import { canonicalJson, requireRuleFile } from './core/rules/rule-file.ts'
import { factsTask } from './shell/facts-task.ts'
import { announceIdle, IdleWatch } from './shell/idle.ts'
import { WarnMetrics } from './shell/metrics.ts'
import { groups, warnTopics } from './shell/records.ts'
import { loadRuleSet } from './shell/rule-files.ts'
import { publishShippedSet } from './shell/rule-steps.ts'
import { labelTask } from './shell/label-task.ts'
import { scoreTask } from './shell/score-task.ts'
import { splitTask } from './shell/split-task.ts'

/** Splitting transactions into flows, and scoring them: each can be a process of its own. */
export type WarnStage = 'split' | 'score'

/** What warn stands on. */
export interface WarnParts {
  readonly log: Log
  readonly telemetry: Telemetry
  /** Which stages this process runs. Default: both. */
  readonly stages?: readonly WarnStage[]
  /** Default: the set shipped with the product. Published unless its version was before. */
  readonly ruleSet?: RuleSetContent
  /** Milliseconds; replaces the allowed lateness of the set before it is published. */
  readonly lateness?: number
  readonly config?: Partial<WarnConfig>
  /** Prefix of topic names. Default `weir`. */
  readonly prefix?: string
}

/** Running warn. */
export interface Warn extends Running {
  /** Resolves when every transaction in the log is split and every flow scored. @throws when warn failed */
  idle(): Promise<void>
  /** A finite input is over: waits until it is scored, then decides what was waiting for later payments. */
  endOfInput(): Promise<void>
}

/** Where each stage stands, by partition, as far as this process ran it. */
type Positions = Readonly<Record<WarnTask, Map<number, number>>>

/** Stage one has two tasks: one for payments, one for facts. */
type WarnTask = Exclude<keyof typeof groups, 'label'>

const inputs: Readonly<Record<WarnTask, TopicSpec>> = {
  split: topics.transactions,
  facts: topics.facts,
  score: topics.flows,
}

class Service implements Warn {
  private readonly log: Log
  private readonly failure = Promise.withResolvers<Error>()
  private readonly subscriptions: Subscription[] = []
  private readonly watch: IdleWatch
  private readonly telemetry: Telemetry
  private readonly positions: Positions = { split: new Map(), facts: new Map(), score: new Map() }
  /** A batch was committed, or a stage failed. */
  private readonly moved = new Subject<void>()
  private timer: NodeJS.Timeout | undefined
  private looking: Promise<void> = Promise.resolve()
  private broken: Error | undefined

  /** @param partitions of the flows topic, as this log has it */
  constructor(parts: WarnParts, config: WarnConfig, partitions: number) {
    this.log = parts.log
    this.telemetry = parts.telemetry
    this.watch = new IdleWatch(parts.log, config.idleAfterMs)
    const metrics = new WarnMetrics(parts.telemetry.registry)
    const { dedupeHorizonDays: horizonDays, batchTransactions, alignMs } = config
    const { prefix = 'weir', stages = ['split', 'score'] } = parts
    // Stage two first: it then sees what stage one writes from its first batch on.
    if (stages.includes('score')) {
      this.run('score', this.log.task(scoreTask(metrics, { ...config, prefix, partitions })), metrics)
      this.run('label', this.log.task(labelTask(metrics, { partitions, prefix })), metrics)
    }
    if (stages.includes('split')) {
      this.run(
        'split',
        this.log.task(splitTask(metrics, { horizonDays, prefix, partitions, batchTransactions, alignMs })),
        metrics,
      )
      this.run('facts', this.log.task(factsTask(metrics, { prefix, partitions })), metrics)
      this.timer = setInterval(() => this.look(), Math.max(1_000, config.idleAfterMs / 4)).unref()
    }
  }

  get failed(): Promise<Error> {
    return this.failure.promise
  }

  private run(stage: keyof typeof groups, progress: Observable<Progress>, metrics: WarnMetrics): void {
    const subscription = progress.subscribe({
      next: (step) => {
        metrics.committed(groups[stage], step)
        if (!step.replaying && stage !== 'label') this.positions[stage].set(step.partition, step.nextOffset)
        this.moved.next()
      },
      error: (error: unknown) => {
        this.broken = error instanceof Error ? error : new Error(String(error))
        this.failure.resolve(this.broken)
        this.moved.next()
      },
    })
    this.subscriptions.push(subscription)
  }

  private look(): void {
    this.looking = this.looking
      .then(() => this.watch.look(performance.now()))
      .then(
        (sources) => {
          if (sources.length > 0) this.telemetry.log.info({ sources }, 'source:idle')
        },
        (err: unknown) => this.telemetry.log.warn({ err }, 'source:idle:failed'),
      )
  }

  async idle(): Promise<void> {
    await waitUntil(() => this.isDone('split'), this.moved)
    await waitUntil(() => this.isDone('facts'), this.moved)
    await waitUntil(() => this.isDone('score'), this.moved)
  }

  async endOfInput(): Promise<void> {
    await this.idle()
    const sources = (await this.log.offsets(topics.transactions)).keys()
    await announceIdle(this.log, [...sources], Date.now())
    await this.idle()
  }

  /** Asks the log only for partitions that this process knows nothing newer of: others may run them. */
  private async isDone(stage: WarnTask): Promise<boolean> {
    if (this.broken !== undefined) throw this.broken
    const topic = inputs[stage]
    const known = this.positions[stage]
    const ends = await this.log.offsets(topic)
    for (const [partition, { next }] of ends.entries()) {
      if ((known.get(partition) ?? 0) >= next) continue
      const committed = await this.log.committed(groups[stage], topic, partition)
      known.set(partition, Math.max(committed, known.get(partition) ?? 0))
      if (committed < next) return false
    }
    if (stage === 'split') return true
    // Stage two writes path tokens to its own input, with the position of what it read: only when nothing came while it was
    // asked is nothing on its way.
    const now = await this.log.offsets(topic)
    return now.every(({ next }, partition) => next === ends[partition]?.next)
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    this.timer = undefined
    for (const subscription of this.subscriptions.toReversed()) subscription.unsubscribe()
    await this.looking
  }
}

function withLateness(set: RuleSetContent, lateness: number | undefined): RuleSetContent {
  if (lateness === undefined) return set
  const { file } = set
  const parameters = { ...file.parameters, allowed_lateness_ms: lateness }
  return requireRuleFile(canonicalJson({ ...file, parameters }), file.calendar)
}

/**
 * Starts both stages. Topics are made when missing; the rule set is published to every partition before the first flow.
 * @throws LogError when the log refuses, RuleFileError when the rule set is not usable
 */
export async function startWarn(parts: WarnParts): Promise<Warn> {
  const { log, telemetry } = parts
  const config = { ...warnDefaults, ...parts.config }
  await log.ensureTopics(warnTopics)
  const set = withLateness(parts.ruleSet ?? (await loadRuleSet()), parts.lateness)
  const { rule_set_id, version } = set.file
  const outcome = await publishShippedSet(log, set, Date.now())
  const found = { rule_set_id, version, sha256: set.sha256, outcome }
  if (outcome === 'version_taken' || outcome === 'superseded') {
    telemetry.log.warn(
      found,
      'rule-set:publish:refused: another set is in force and stays; weir rules history tells which',
    )
  } else telemetry.log.info(found, 'rule-set:publish:done')
  return new Service(parts, config, (await log.offsets(topics.flows)).length)
}

export type { ExemptionKind } from './core/exemptions/kinds.ts'
export { exemptionKinds } from './core/exemptions/kinds.ts'
export { lastDay } from './core/exemptions/exemption.ts'
export type { ExemptionDecision, ExemptionRequest } from './core/exemptions/register.ts'
export { grantExemption, readExemptions, revokeExemption } from './shell/exemptions.ts'
export type { OutcomeFilter, OutcomeSurvey } from './shell/outcomes.ts'
export { surveyOutcomes } from './shell/outcomes.ts'
export type { RulesReport } from './core/feedback/report.ts'
export { reportOnRules } from './shell/rules-report.ts'
export type { EngineBench, EngineFigures } from './bench/engine.ts'
export { benchEngine } from './bench/engine.ts'
export type { Difference, FindingDifference, RuleDifference } from './core/backtest.ts'
export { Comparison } from './core/backtest.ts'
export { activationOf, controlOf } from './core/control.ts'
export type { Emission } from './core/fold.ts'
export { createScorer, engineVersion } from './core/fold.ts'
export type { Replay, ReplayCounts, ReplayOptions } from './core/replay.ts'
export { createReplay, scoreTransactions } from './core/replay.ts'
export type { Refusal as RuleRefusal } from './core/rule-life/refusal.ts'
export type { Decision as RuleDecision, RuleCommand, SetReference } from './core/rule-life/decide.ts'
export type { ExampleResult, RuleExample } from './core/rules/examples.ts'
export { runExample } from './core/rules/examples.ts'
export type { RuleProblem, RuleSetContent } from './core/rules/rule-file.ts'
export { createSplitter } from './core/split.ts'
export { warningToJson } from './core/warning.ts'
export { deadLetterTopics as warnDeadLetters, flowTypes } from './shell/records.ts'
export type { Refold, Refolded } from './shell/refold.ts'
export { createRefold, refoldLog } from './shell/refold.ts'
export { lintRuleFile, loadExamples, loadRuleSet } from './shell/rule-files.ts'
export type { RecordedSet, RuleHistory, RuleStepTaken } from './shell/rule-history.ts'
export { readRecordedSet, readRuleHistory, stepTaken } from './shell/rule-history.ts'
export type { RulesStatus } from './shell/rules-status.ts'
export { readRulesStatus } from './shell/rules-status.ts'
export { fedRules } from './core/rules/fed.ts'
export { takeRuleStep } from './shell/rule-steps.ts'
