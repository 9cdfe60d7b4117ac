/** Laws of the fold: repeats change nothing, the order of arrival within the allowed lateness changes no warning's id, and a restart anywhere changes not a byte. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import type { Control, FlowBlock, PathBlock, Transaction } from '../../schemas/types.ts'
import type { Emission } from '../../services/warn/app.ts'
import {
  activationOf,
  controlOf,
  createReplay,
  createScorer,
  createSplitter,
  loadRuleSet,
} from '../../services/warn/app.ts'
import { checked } from '../support/seed.ts'
import { recentTransactions, transactions } from './moves.ts'

const ruleSet = await loadRuleSet()
const runs = Number(process.env['WEIR_TEST_LAW_RUNS'] ?? 100)
const latenessMs = ruleSet.file.parameters.allowed_lateness_ms

/** How much later than booked each payment comes, milliseconds. */
const delays = fc.array(fc.integer({ min: 0, max: latenessMs }), { minLength: 300, maxLength: 300 })

/** Payments in the order in which they arrive. */
function delayed(list: readonly Transaction[], late: readonly number[]): Transaction[] {
  return list
    .map((one, index) => ({ one, arrives: one.booked_at + (late[index] ?? 0) }))
    .toSorted((a, b) => a.arrives - b.arrives)
    .map(({ one }) => one)
}

function replayed(list: readonly Transaction[], blockSize: number): Emission[] {
  const replay = createReplay(ruleSet, { blockSize })
  return [...replay.push(list), ...replay.finish()]
}

/** Each warning once, by id: the rule, subject, level and period it stands for. */
function ids(emissions: readonly Emission[]): string[] {
  return emissions
    .flatMap((emission) => (emission.type === 'warning' ? [emission.warning.warning_id] : []))
    .toSorted()
}

/** A history that reaches the bound of paths is said to be inexact, and no case for these laws; else every flow was scored. */
function expectNothingUnscored(emissions: readonly Emission[]): void {
  const outcomes = emissions.flatMap((one) => (one.type === 'outcome' ? [one.outcome] : []))
  fc.pre(!outcomes.some(({ reason }) => reason === 'path_bound_reached'))
  expect(outcomes).toEqual([])
}

describe('G1, G2: the fold', () => {
  it('is not moved by repeats', () =>
    checked(
      fc.property(recentTransactions, fc.array(fc.nat(), { maxLength: 10 }), (list, picks) => {
        const doubled = list.flatMap((one, index) =>
          picks.some((pick) => pick % list.length === index) ? [one, one] : [one],
        )
        expect(replayed([...doubled, ...list], 1)).toEqual(replayed(list, 1))
      }),
      runs,
    ))

  it('gives the same warnings in whatever order payments arrive within the allowed lateness', () =>
    checked(
      fc.property(transactions, delays, fc.constantFrom(1, 5, 64, 1_000), (list, late, blockSize) => {
        const emissions = replayed(delayed(list, late), blockSize)
        expectNothingUnscored(emissions)
        expect(ids(emissions)).toEqual(ids(replayed(list, 1)))
      }),
      runs,
    ))

  it('gives the same warnings in whatever order the partitions of the input are read', () =>
    checked(
      fc.property(transactions, fc.array(fc.nat(), { minLength: 200, maxLength: 200 }), (list, picks) => {
        expect(ids(interleaved(list, picks))).toEqual(ids(replayed(list, 1)))
      }),
      runs,
    ))

  it('goes on byte for byte from what a checkpoint stored, wherever it is cut', () =>
    checked(
      fc.property(transactions, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (list, cuts) => {
        const whole = folded(list, [])
        const parts = folded(list, cuts)
        expect(parts).toEqual(whole)
      }),
      runs,
    ))

  it('says the same of subjects that rest as of subjects that every rule looks at with every flow, however late payments come', () =>
    checked(
      fc.property(transactions, delays, fc.constantFrom(1, 10, 64), (list, late, blockSize) => {
        const arrived = delayed(list, late)
        // Whoever has an exemption never rests; one that ended long ago says nothing.
        const people = new Set(list.flatMap((one) => [one.payer_id, one.payee_id]))
        const sleepless = [...people].map((subject) => endedExemption(subject))
        expect(foldedBlocks(arrived, blockSize, sleepless)).toEqual(foldedBlocks(arrived, blockSize, []))
      }),
      runs,
    ))

  it('goes on byte for byte after a kill, from checkpoints stored piece by piece and whatever the last writes came to', () =>
    checked(
      fc.property(
        transactions,
        fc.array(fc.record({ after: fc.nat({ max: 9 }), lost: fc.nat({ max: 2 }) }), { maxLength: 6 }),
        fc.nat({ max: 3 }),
        fc.boolean(),
        (list, kills, every, idles) => {
          // Every fifth payment comes far too late.
          const arrived = list
            .map((one, index) => ({ one: spread(one), at: index % 5 === 3 ? index + 20 : index }))
            .toSorted((a, b) => a.at - b.at)
            .map(({ one }) => one)
          const records = flowRecords(arrived, idles)
          expect(killed(records, kills, every)).toEqual(killed(records, [], every))
        },
      ),
      runs,
    ))
})

/** The same payment between people whose ids differ in the byte that decides in which part of a checkpoint they are stored. */
function spread(one: Transaction): Transaction {
  return { ...one, payer_id: `xx${one.payer_id}`, payee_id: `xx${one.payee_id}` }
}

type FlowRecord =
  | { readonly block: FlowBlock }
  | { readonly control: Control }
  | { readonly paths: PathBlock }

/** A rule set, flow blocks of four payments, in the middle another rule set, rules switched off and on, a candidate; where asked for, now and then every source is idle. */
function flowRecords(list: readonly Transaction[], idles: boolean): FlowRecord[] {
  const splitter = createSplitter({ source: 0, partitions: 1, partitionOf: () => 0, state: noState })
  const records: FlowRecord[] = [{ control: activationOf(ruleSet) }]
  for (let from = 0; from < list.length; from += 4) {
    for (const { block } of splitter.split(list.slice(from, from + 4)).blocks) records.push({ block })
    if (idles && from % 12 === 0) records.push({ control: idle() })
    if (from % 40 === 20) records.push({ control: nextVersion() })
    if (from % 12 === 4) records.push({ control: exemption(from) })
    if (from % 20 === 8) records.push({ control: controlOf('label', { content: labelled }) })
    if (from % 32 === 8) records.push({ control: ruleControl(from / 32) })
  }
  return [...records, { control: idle() }]
}

/** Grades that came back; two of them were changed. */
const labelled = JSON.stringify([
  { rule_id: 'R12', level: 'yellow', card: 'red', n: 3 },
  { rule_id: 'R12', level: 'yellow', card: 'green', n: -2 },
])

/** Now somebody is exempted, now it is revoked from then on. */
function exemption(number: number): Control {
  const names = ['xxA', 'xxB', 'xxC', 'xxS']
  const facts = { exemption_id: `x${number % 36}`, subject_id: names[(number / 4) % 4] ?? '' }
  const until = Date.parse('2026-02-13T00:00:00+08:00')
  if (number % 36 === 16)
    return controlOf('exemption_revoked', { content: JSON.stringify({ ...facts, valid_until: until }) })
  const grant = {
    ...facts,
    kind: 'payroll',
    counterparty_id: number % 24 === 4 ? '' : 'xxB',
    rule_ids: ['R01', 'R02', 'R12'],
    valid_from: 0,
    valid_until: until + number * 3_600_000,
    approver: 'somebody',
  }
  return controlOf('exemption_granted', { content: JSON.stringify(grant) })
}

/** R09 is switched off and on; a candidate comes and goes, in which some rules have another version. */
function ruleControl(number: number): Control {
  const differing = new Set(['R01', 'R09', 'R12'])
  const rules = ruleSet.file.rules.map((rule) =>
    differing.has(rule.id) ? { ...rule, version: rule.version + 50 } : rule,
  )
  const content = JSON.stringify({ ...ruleSet.file, rules })
  const controls = [
    controlOf('candidate_shadowed', { content }),
    controlOf('rule_killed', { rule_id: 'R09', rule_version: 1 }),
    controlOf('rule_restored', { rule_id: 'R09' }),
    controlOf('candidate_shadowed'),
  ]
  return controls[Math.floor(number) % controls.length] ?? idle()
}

function nextVersion(): Control {
  const content = JSON.stringify({ ...ruleSet.file, version: ruleSet.file.version + 1 })
  return controlOf('rule_set_activated', { content })
}

type Scorer = ReturnType<typeof createScorer>

interface Kept {
  readonly state: ReadonlyMap<string, Uint8Array>
  readonly replayFrom: number
}

const nothingKept: Kept = { state: new Map<string, Uint8Array>(), replayFrom: 0 }

/**
 * Stage two over the records, a few at a time, as the log runs it. A kill comes after so many batches; of the writes of the last
 * `lost` of them nothing is left. Then what came since the last complete checkpoint is folded again, silently.
 */
function killed(
  written: readonly FlowRecord[],
  kills: readonly { readonly after: number; readonly lost: number }[],
  every: number,
): string[] {
  const records = [...written]
  const emissions: string[] = []
  let history: Kept[] = [nothingKept]
  let committed = 0
  for (const kill of [...kills, { after: Number.POSITIVE_INFINITY, lost: 0 }]) {
    let kept = history.at(Math.max(-history.length, -1 - kill.lost)) ?? nothingKept
    history = [kept]
    const scorer = createScorer(sorted(kept.state))
    let sinceBegin = 0
    for (
      let offset = kept.replayFrom, batches = 0;
      offset < records.length && batches < kill.after;
      batches += 1
    ) {
      const next = Math.min(
        records.length,
        offset + 1 + (offset % 3),
        offset < committed ? committed : Infinity,
      )
      const found: Emission[] = []
      for (; offset < next; offset += 1) {
        const record = records[offset]
        if (record === undefined) continue
        found.push(...foldedRecord(scorer, record, offset))
      }
      const tokens = scorer.takeTokens()
      // What comes of a batch is written once, and what a fold tells itself comes back behind everything else.
      if (next > committed) {
        emissions.push(...found.map(textOf))
        if (tokens.length > 0) records.push({ paths: { tokens } })
      }
      committed = Math.max(committed, next)
      sinceBegin += 1
      if (!scorer.isStoring && sinceBegin > every) {
        scorer.beginCheckpoint(next)
        sinceBegin = 0
      }
      const { changes, replayFrom } = scorer.store(next, 1)
      const state = new Map(kept.state)
      store(state, changes)
      kept = { state, replayFrom: replayFrom ?? kept.replayFrom }
      history.push(kept)
    }
  }
  return emissions
}

function foldedRecord(scorer: Scorer, record: FlowRecord, offset?: number): Emission[] {
  if ('block' in record) return scorer.block(record.block, offset)
  return 'control' in record ? scorer.control(record.control, offset) : scorer.paths(record.paths, offset)
}

function textOf(emission: Emission): string {
  return emission.type === 'warning'
    ? codecs.warning.encode(emission.warning).toString('hex')
    : JSON.stringify(emission)
}

/** State as a log gives it. */
function sorted(state: ReadonlyMap<string, Uint8Array>) {
  return {
    get: (key: string) => state.get(key),
    entries: (from: string, to: string) =>
      [...state].filter(([key]) => key >= from && key < to).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  }
}

/** Both stages over blocks of ten; where `cuts` says so, both are stored and opened anew. */
function folded(list: readonly Transaction[], cuts: readonly boolean[]): readonly (Emission | string)[] {
  const splitState = new Map<string, Uint8Array>()
  const scoreState = new Map<string, Uint8Array>()
  const openSplitter = () =>
    createSplitter({ source: 0, partitions: 1, partitionOf: () => 0, state: splitState })
  let splitter = openSplitter()
  let scorer = createScorer(scoreState)
  const emissions: Emission[] = scorer.control(activationOf(ruleSet))
  for (let from = 0, number = 0; from < list.length; from += 10, number += 1) {
    const result = splitter.split(list.slice(from, from + 10))
    for (const { block } of result.blocks) {
      emissions.push(...scorer.block(codecs.flowBlock.decode(codecs.flowBlock.encode(block))))
      emissions.push(...toldItself(scorer))
    }
    if (cuts[number] !== true) continue
    store(splitState, splitter.checkpoint())
    store(scoreState, scorer.checkpoint())
    splitter = openSplitter()
    scorer = createScorer(scoreState)
  }
  emissions.push(...scorer.finish())
  return emissions.map((emission) =>
    emission.type === 'warning' ? codecs.warning.encode(emission.warning).toString('hex') : emission,
  )
}

/** Both stages over blocks of one size, after a rule set and other controls. */
function foldedBlocks(
  list: readonly Transaction[],
  blockSize: number,
  controls: readonly Control[],
): (Emission | string)[] {
  const splitter = createSplitter({ source: 0, partitions: 1, partitionOf: () => 0, state: noState })
  const scorer = createScorer(new Map())
  const emissions = [activationOf(ruleSet), ...controls].flatMap((control) => scorer.control(control))
  for (let from = 0; from < list.length; from += blockSize) {
    for (const { block } of splitter.split(list.slice(from, from + blockSize)).blocks) {
      emissions.push(...scorer.block(block))
      emissions.push(...toldItself(scorer))
    }
  }
  emissions.push(...scorer.finish())
  return emissions.map((emission) => (emission.type === 'warning' ? textOf(emission) : emission))
}

function endedExemption(subject: string): Control {
  const grant = {
    exemption_id: 'ended',
    subject_id: subject,
    kind: 'payroll',
    counterparty_id: '',
    rule_ids: ['R01'],
    valid_from: 0,
    valid_until: 1,
    approver: 'somebody',
  }
  return controlOf('exemption_granted', { content: JSON.stringify(grant) })
}

function idle() {
  return controlOf('source_idle', { source: 0 })
}

const noState = { get: () => undefined, entries: () => [] }
const sources = 3

/** Three partitions by payer, each in its order, their blocks of four taken in any order; the sources are announced first. */
function interleaved(list: readonly Transaction[], picks: readonly number[]): Emission[] {
  const scorer = createScorer(new Map())
  const emissions = scorer.control(activationOf(ruleSet))
  const queues = Array.from({ length: sources }, (_, source) => {
    scorer.block({ source, source_event_time: 0, flows: [] })
    const own = list.filter(({ payer_id }) => payer_id.charCodeAt(0) % sources === source)
    const splitter = createSplitter({ source, partitions: 1, partitionOf: () => 0, state: new Map() })
    const blocks = []
    for (let from = 0; from < own.length; from += 4)
      blocks.push(...splitter.split(own.slice(from, from + 4)).blocks)
    return blocks.map(({ block }): FlowRecord => ({ block }))
  })
  const told: FlowRecord[] = []
  queues.push(told)
  for (let step = 0; queues.some((queue) => queue.length > 0); step += 1) {
    const waiting = queues.filter((queue) => queue.length > 0)
    const record = waiting[(picks[step % picks.length] ?? 0) % waiting.length]?.shift()
    if (record !== undefined) emissions.push(...foldedRecord(scorer, record))
    for (const token of scorer.takeTokens()) told.push({ paths: { tokens: [token] } })
  }
  emissions.push(...scorer.finish())
  expectNothingUnscored(emissions)
  return emissions
}

/** What the fold tells of paths, folded until nothing new comes of it. */
function toldItself(scorer: Scorer): Emission[] {
  const emissions: Emission[] = []
  for (let tokens = scorer.takeTokens(); tokens.length > 0; tokens = scorer.takeTokens())
    emissions.push(...scorer.paths({ tokens }))
  return emissions
}

function store(
  state: Map<string, Uint8Array>,
  changes: readonly { readonly key: string; readonly value: Uint8Array | null }[],
): void {
  for (const { key, value } of changes) {
    if (value === null) state.delete(key)
    else state.set(key, value)
  }
}
