/** Composition root of warn: transactions in, warnings and outcomes out. Also what other services of the process may call. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Observable, Subscription } from 'rxjs'
import { topics } from '../../schemas/topics.ts'
import type { TopicSpec } from '../../schemas/topics.ts'
import type { Running } from '../platform/lifecycle.ts'
import type { Log, Progress } from '../platform/log/port.ts'
import type { Telemetry } from '../platform/telemetry/port.ts'
import { warnDefaults } from './config.ts'
import type { WarnConfig } from './config.ts'
import type { RuleSetContent } from './core/rules/rule-file.ts'
import { canonicalJson, requireRuleFile } from './core/rules/rule-file.ts'
import { announceIdle, IdleWatch } from './shell/idle.ts'
import { WarnMetrics } from './shell/metrics.ts'
import { publishRuleSet } from './shell/publish-rules.ts'
import { groups, warnTopics } from './shell/records.ts'
import { loadRuleSet } from './shell/rule-files.ts'
import { scoreTask } from './shell/score-task.ts'
import { splitTask } from './shell/split-task.ts'

/** What warn stands on. */
export interface WarnParts {
  readonly log: Log
  readonly telemetry: Telemetry
  /** Default: the set shipped with the product. Published unless its version was before. */
  readonly ruleSet?: RuleSetContent
  /** Milliseconds; replaces the allowed lateness of the set before it is published. */
  readonly lateness?: number
  readonly config?: Partial<WarnConfig>
}

/** Running warn. */
export interface Warn extends Running {
  /** Resolves when every transaction in the log is split and every flow scored. @throws when warn failed */
  idle(): Promise<void>
  /** A finite input is over: waits until it is scored, then decides what was waiting for later payments. */
  endOfInput(): Promise<void>
}

const pollMs = 10

class Service implements Warn {
  private readonly log: Log
  private readonly failure = Promise.withResolvers<Error>()
  private readonly subscriptions: Subscription[] = []
  private readonly watch: IdleWatch
  private readonly telemetry: Telemetry
  private timer: NodeJS.Timeout | undefined
  private looking: Promise<void> = Promise.resolve()
  private broken: Error | undefined

  constructor(parts: WarnParts, config: WarnConfig) {
    this.log = parts.log
    this.telemetry = parts.telemetry
    this.watch = new IdleWatch(parts.log, config.idleAfterMs)
    const metrics = new WarnMetrics(parts.telemetry.registry)
    const { dedupeHorizonDays: horizonDays } = config
    this.run(this.log.task(scoreTask(metrics, config)), groups.score, metrics)
    this.run(this.log.task(splitTask(metrics, { horizonDays })), groups.split, metrics)
    this.timer = setInterval(() => this.look(), Math.max(1_000, config.idleAfterMs / 4)).unref()
  }

  get failed(): Promise<Error> {
    return this.failure.promise
  }

  private run(progress: Observable<Progress>, stage: string, metrics: WarnMetrics): void {
    const subscription = progress.subscribe({
      next: (step) => metrics.committed(stage, step),
      error: (error: unknown) => {
        this.broken = error instanceof Error ? error : new Error(String(error))
        this.failure.resolve(this.broken)
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
    while (!(await this.isDone(groups.split, topics.transactions))) await this.wait()
    while (!(await this.isDone(groups.score, topics.flows))) await this.wait()
  }

  async endOfInput(): Promise<void> {
    await this.idle()
    const sources = Array.from({ length: topics.transactions.partitions }, (_, source) => source)
    await announceIdle(this.log, sources, Date.now())
    await this.idle()
  }

  private async wait(): Promise<void> {
    if (this.broken !== undefined) throw this.broken
    await delay(pollMs)
  }

  private async isDone(group: string, topic: TopicSpec): Promise<boolean> {
    for (const [partition, { next }] of (await this.log.offsets(topic)).entries()) {
      if ((await this.log.committed(group, topic, partition)) < next) return false
    }
    return true
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
  const by = { author: 'weir', approver: '', publishedAt: Date.now() }
  const outcome = await publishRuleSet(log, set, by)
  const found = { rule_set_id, version, sha256: set.sha256, outcome }
  if (outcome === 'version_taken' || outcome === 'superseded') {
    telemetry.log.warn(
      found,
      'rule-set:publish:refused: another set is in force and stays; raise the version',
    )
  } else telemetry.log.info(found, 'rule-set:publish:done')
  return new Service(parts, config)
}

export type { Emission } from './core/fold.ts'
export { createScorer } from './core/fold.ts'
export type { Replay, ReplayCounts, ReplayOptions } from './core/replay.ts'
export { createReplay, scoreTransactions } from './core/replay.ts'
export type { RuleProblem, RuleSetContent } from './core/rules/rule-file.ts'
export { createSplitter } from './core/split.ts'
export { warningToJson } from './core/warning.ts'
export { deadLetterTopics as warnDeadLetters, flowTypes } from './shell/records.ts'
export { lintRuleFile, loadRuleSet } from './shell/rule-files.ts'
