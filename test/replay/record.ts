/**
 * Puts the golden recording down anew, on purpose: `npm run record-golden -- [--flows] [--unreleased]`.
 * Without `--flows` the recorded flows stay and only what the engine says of them is put down. A verdict must be replayable by the version
 * that gave it (G2): other bytes need another `engineVersion`; `--unreleased` says that the present one was never released.
 */
import { parseArgs } from 'node:util'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { Control } from '../../schemas/types.ts'
import { createRandom, hash32 } from '../../services/simulate/core/random.ts'
import {
  activationOf,
  controlOf,
  createRefold,
  createSplitter,
  engineVersion,
  loadRuleSet,
} from '../../services/warn/app.ts'
import type { Refold, RuleSetContent } from '../../services/warn/app.ts'
import { fact } from '../support/fact.ts'
import { transactionOf } from '../oracle/engine.ts'
import { historyOf } from '../oracle/histories.ts'
import type { Row } from '../oracle/row.ts'
import {
  logRecord,
  partitions,
  recordEngine,
  recordFlows,
  recordSayings,
  recordedEngine,
  recordedFlows,
  recordedSayings,
  sayingsOf,
} from './recording.ts'
import type { RecordedFlows } from './recording.ts'
import { partitionOf, partitionOfBytes } from '../../services/platform/log/partitioner.ts'

const sources = 2
const histories = 40
const transactionsPerBlock = 25
const noState = { get: () => undefined, entries: () => [] }

/** Steered histories side by side, each with names of its own, in the order in which they could have been delivered. */
function rows(): Row[] {
  const all = Array.from({ length: histories }, (_, number) => {
    const own = (name: string): string => (name === '' ? '' : `h${number}-${name}`)
    let arrives = 0
    return historyOf('golden', number).rows.map((row) => {
      arrives = Math.max(arrives, Date.parse(row.booked_at))
      return {
        arrives,
        row: {
          ...row,
          txn_id: own(row.txn_id),
          payer_id: own(row.payer_id),
          payer_account: own(row.payer_account),
          payee_id: own(row.payee_id),
          payee_account: own(row.payee_account),
        },
      }
    })
  }).flat()
  return all.toSorted((a, b) => a.arrives - b.arrives).map(({ row }) => row)
}

function toAll(control: Control): RecordedFlows[] {
  const value = codecs.control.encode(control)
  return Array.from({ length: partitions }, (_, partition) => ({ partition, type: 'control', value }))
}

/** The path tokens that stage two would write of a record. */
function tokensOf(
  folds: readonly Refold[],
  record: RecordedFlows | undefined,
  offset: number,
): RecordedFlows[] {
  if (record === undefined) return []
  const outputs = folds[record.partition]?.fold([logRecord(record, offset)])
  return (outputs ?? []).flatMap(({ topic, partition, value }) =>
    topic === topics.flows && partition !== undefined && value !== null
      ? [{ partition, type: 'paths' as const, value }]
      : [],
  )
}

/** A set of the next version with one line moved. */
function moved({ file }: RuleSetContent): Control {
  const rules = file.rules.map((rule) =>
    rule.id === 'R01'
      ? { ...rule, version: rule.version + 1, levels: [{ level: 'orange', any: [{ amount: '900000' }] }] }
      : rule,
  )
  const content = JSON.stringify({ ...file, version: file.version + 1, rules })
  return controlOf('rule_set_activated', {
    control_id: 'golden/2',
    rule_set_id: file.rule_set_id,
    rule_set_version: file.version + 1,
    content,
  })
}

/** In the partition of the subject that it is about. */
function toOne(subject: string, control: Control): RecordedFlows {
  return {
    partition: partitionOf(subject, partitions),
    type: 'control',
    value: codecs.control.encode(control),
  }
}

function grant(subject: string, ruleIds: readonly string[]): RecordedFlows {
  const content = {
    exemption_id: `golden/${subject}`,
    kind: 'payroll',
    subject_id: subject,
    counterparty_id: '',
    rule_ids: ruleIds,
    valid_from: 0,
    valid_until: Date.parse('2026-03-01T00:00:00+08:00'),
    approver: 'golden',
  }
  return toOne(subject, controlOf('exemption_granted', { content: JSON.stringify(content) }))
}

function revoke(subject: string): RecordedFlows {
  const content = {
    exemption_id: `golden/${subject}`,
    subject_id: subject,
    valid_until: Date.parse('2025-06-01T00:00:00+08:00'),
  }
  return toOne(subject, controlOf('exemption_revoked', { content: JSON.stringify(content) }))
}

function known(subject: string, kind: 'list_entry' | 'penalty'): RecordedFlows {
  const content = fact(
    kind,
    '2024-03-01 09:00',
    {},
    { fact_id: `golden/${subject}/${kind}`, subject_id: subject },
  )
  return { partition: partitionOf(subject, partitions), type: 'fact', value: codecs.fact.encode(content) }
}

const subjects = Array.from({ length: histories }, (_, number) => `h${number}-S`)

/** What happens between the blocks, by the share of the input that is over. */
function steps(
  ruleSet: RuleSetContent,
): readonly (readonly [share: number, records: readonly RecordedFlows[]])[] {
  const idle = [0, 1].flatMap((source) =>
    toAll(controlOf('source_idle', { control_id: `idle/${source}`, source })),
  )
  const next = moved(ruleSet)
  const graded = JSON.stringify([{ rule_id: 'R12', level: 'yellow', card: 'red', n: 3 }])
  const version = ruleSet.file.rules.find(({ id }) => id === 'R09')?.version ?? 0
  return [
    [
      0.1,
      subjects
        .filter((_, number) => number % 3 === 0)
        .map((subject) => grant(subject, ['R01', 'R02', 'R12'])),
    ],
    [0.2, subjects.filter((_, number) => number % 5 === 0).map((subject) => known(subject, 'list_entry'))],
    [0.25, subjects.filter((_, number) => number % 7 === 0).map((subject) => known(subject, 'penalty'))],
    [
      0.3,
      toAll(controlOf('rule_killed', { control_id: 'golden/kill', rule_id: 'R09', rule_version: version })),
    ],
    [0.4, idle],
    [0.5, toAll(controlOf('candidate_shadowed', { control_id: 'golden/shadow', content: next.content }))],
    [
      0.55,
      toAll(
        controlOf('rule_restored', { control_id: 'golden/restore', rule_id: 'R09', rule_version: version }),
      ),
    ],
    [0.6, toAll(next)],
    [0.7, subjects.filter((_, number) => number % 6 === 0).map(revoke)],
    [0.8, subjects.slice(0, 2).map((subject) => toOne(subject, controlOf('label', { content: graded })))],
    [1, idle],
  ]
}

async function flows(): Promise<RecordedFlows[]> {
  const ruleSet = await loadRuleSet()
  const random = createRandom('golden/blocks')
  const records = toAll(activationOf(ruleSet))
  const folds = Array.from({ length: partitions }, (_, partition) => createRefold(partition, { partitions }))
  let folded = 0
  const splitters = Array.from({ length: sources }, (_, source) =>
    createSplitter({
      source,
      partitions,
      partitionOf: partitionOfBytes,
      state: noState,
    }),
  )
  for (const source of splitters.keys()) {
    const value = codecs.flowBlock.encode({ source, source_event_time: 0, flows: [] })
    for (let partition = 0; partition < partitions; partition += 1)
      records.push({ partition, type: 'block', value })
  }
  const transactions = rows().map(transactionOf)
  const waiting = [...steps(ruleSet)]
  for (let from = 0; from < transactions.length;) {
    const size = random.between(1, transactionsPerBlock)
    const batch = transactions.slice(from, from + size)
    for (const [source, splitter] of splitters.entries()) {
      const own = batch.filter(({ payer_account }) => hash32(payer_account) % sources === source)
      for (const { partition, block } of splitter.split(own).blocks)
        records.push({ partition, type: 'block', value: codecs.flowBlock.encode(block) })
    }
    from += size
    // What stage two tells itself of paths comes back behind what it has read.
    for (; folded < records.length; folded += 1) records.push(...tokensOf(folds, records[folded], folded))
    while (waiting[0] !== undefined && from >= waiting[0][0] * transactions.length)
      records.push(...(waiting.shift()?.[1] ?? []))
  }
  return records
}

const { values } = parseArgs({ options: { flows: { type: 'boolean' }, unreleased: { type: 'boolean' } } })
if (values.flows === true) recordFlows(await flows())
const said = sayingsOf(recordedFlows())
const isSame = said.join('\n') === recordedSayings().join('\n')
const isExcused = values.flows === true || values.unreleased === true || recordedEngine() !== engineVersion
if (isSame || isExcused) {
  recordSayings(said)
  recordEngine(engineVersion)
  process.stderr.write(`${said.length} lines of engine ${engineVersion}${isSame ? ', as before' : ''}\n`)
} else {
  process.stderr.write(
    `engine ${engineVersion} says other bytes of the same flows than were recorded of engine ${engineVersion}.\n` +
      'Where that is meant: raise engineVersion in services/warn/core/fold.ts, then record again.\n' +
      'Where that version was never released: --unreleased.\n',
  )
  process.exitCode = 1
}
