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
  flowTypes,
  loadRuleSet,
} from '../../services/warn/app.ts'
import type { Refold, RuleSetContent } from '../../services/warn/app.ts'
import { transactionOf } from '../oracle/engine.ts'
import { historyOf } from '../oracle/histories.ts'
import type { Row } from '../oracle/row.ts'
import {
  recordEngine,
  recordFlows,
  recordSayings,
  recordedEngine,
  recordedFlows,
  recordedSayings,
  sayingsOf,
} from './recording.ts'
import type { RecordedFlows } from './recording.ts'
import { partitionOfBytes } from '../../services/platform/log/partitioner.ts'

const partitions = 2
const sources = 2
const histories = 36
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
  const headers = { ce_type: flowTypes[record.type] }
  const outputs = folds[record.partition]?.fold([
    { offset, key: '', value: record.value, headers, timestamp: 0 },
  ])
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

/** What happens between the blocks, by the share of the input that is over. */
function steps(ruleSet: RuleSetContent): readonly (readonly [share: number, controls: readonly Control[]])[] {
  const idle = [0, 1].map((source) => controlOf('source_idle', { control_id: `idle/${source}`, source }))
  return [
    [0.4, idle],
    [0.6, [moved(ruleSet)]],
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
      records.push(...(waiting.shift()?.[1] ?? []).flatMap(toAll))
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
