/** What warn shows of itself. Counts are added after the commit of what they count, so that a replay adds nothing. */
import { Counter, Gauge } from 'prom-client'
import type { Registry } from 'prom-client'
import type { Progress } from '../../platform/log/port.ts'
import { deadLetterCounter } from '../../platform/telemetry/dead-letters.ts'
import type { LabelCount } from '../core/feedback/label-counts.ts'
import type { Emission } from '../core/fold.ts'

/** What one batch adds, once it is committed. */
export interface BatchCounts {
  readonly flows: number
  readonly duplicates: number
  readonly deadLetters: readonly { readonly topic: string; readonly reason: string }[]
  readonly emissions: readonly Emission[]
}

/** Counters of one running warn. */
export class WarnMetrics {
  private readonly warnings: Counter<'level' | 'rule'>
  private readonly shadowWarnings: Counter<'level' | 'rule'>
  private readonly flows: Counter
  private readonly duplicates: Counter
  private readonly outcomes: Counter<'kind' | 'reason'>
  private readonly outcomesByRule: Counter<'kind' | 'rule'>
  private readonly deadLetters: Counter<'topic' | 'reason'>
  private readonly eventTime: Gauge<'stage' | 'partition'>
  private readonly lag: Gauge<'stage' | 'partition'>
  private readonly labels: Gauge<'rule' | 'level' | 'card' | 'partition'>
  /** Counts of batches given to the log and not yet told of, by stage and partition. */
  private readonly waiting = new Map<string, BatchCounts[]>()

  constructor(registry: Registry) {
    const registers = [registry]
    this.warnings = new Counter({
      name: 'weir_warnings_total',
      help: 'Warnings by alert level and triggering rule',
      labelNames: ['level', 'rule'],
      registers,
    })
    this.shadowWarnings = new Counter({
      name: 'weir_shadow_warnings_total',
      help: 'Warnings that a candidate rule set would have made, by alert level and triggering rule',
      labelNames: ['level', 'rule'],
      registers,
    })
    this.flows = new Counter({ name: 'weir_flows_total', help: 'Flows given to the engine', registers })
    this.duplicates = new Counter({
      name: 'weir_duplicates_total',
      help: 'Transactions seen before with the same content, dropped',
      registers,
    })
    this.outcomes = new Counter({
      name: 'weir_outcomes_total',
      help: 'What could not be counted as it should, by kind and reason',
      labelNames: ['kind', 'reason'],
      registers,
    })
    this.outcomesByRule = new Counter({
      name: 'weir_outcomes_by_rule_total',
      help: 'The same, once for each rule that an outcome names: rules that could not count, or were hit and exempted',
      labelNames: ['kind', 'rule'],
      registers,
    })
    this.deadLetters = deadLetterCounter(registry)
    this.eventTime = new Gauge({
      name: 'weir_event_time_seconds',
      help: 'Newest event time processed, by stage and partition; the time now minus it is the lag in event time',
      labelNames: ['stage', 'partition'],
      registers,
    })
    this.labels = new Gauge({
      name: 'weir_labelled_warnings',
      help: 'Warnings by triggering rule, level and the grade card that people gave their case',
      labelNames: ['rule', 'level', 'card', 'partition'],
      registers,
    })
    this.lag = new Gauge({
      name: 'weir_warn_lag_records',
      help: 'Records not yet processed, by stage and partition',
      labelNames: ['stage', 'partition'],
      registers,
    })
  }

  /** What the fold of a partition knows of grades. */
  labelled(partition: number, counts: readonly LabelCount[]): void {
    for (const { rule_id: rule, level, card, n } of counts)
      this.labels.set({ rule, level, card, partition: String(partition) }, n)
  }

  /** A processor was opened: what an earlier one left uncommitted never counts. */
  opened(stage: string, partition: number): void {
    this.waiting.set(`${stage}/${partition}`, [])
  }

  /** A batch was processed; it counts once `committed` is told. */
  processed(stage: string, partition: number, counts: BatchCounts): void {
    this.waiting.get(`${stage}/${partition}`)?.push(counts)
  }

  /** The log committed the oldest batch waiting. */
  committed(stage: string, progress: Progress): void {
    const counts = this.waiting.get(`${stage}/${progress.partition}`)?.shift()
    const labels = { stage, partition: String(progress.partition) }
    this.lag.set(labels, progress.lagRecords)
    if (progress.timestamp !== undefined) this.eventTime.set(labels, progress.timestamp / 1000)
    if (counts === undefined || progress.replaying) return
    this.flows.inc(counts.flows)
    this.duplicates.inc(counts.duplicates)
    for (const labelled of counts.deadLetters) this.deadLetters.inc({ ...labelled })
    for (const emission of counts.emissions) this.count(emission)
  }

  private count(emission: Emission): void {
    if (emission.type === 'outcome') {
      const { kind, reason, rule_ids: rules } = emission.outcome
      this.outcomes.inc({ kind, reason })
      for (const rule of rules) this.outcomesByRule.inc({ kind, rule })
      return
    }
    const { level, rules } = emission.warning
    const counter = emission.type === 'warning' ? this.warnings : this.shadowWarnings
    counter.inc({ level, rule: rules[0]?.rule_id ?? '' })
  }
}
