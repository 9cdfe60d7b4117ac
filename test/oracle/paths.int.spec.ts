/** Money followed over the four partitions of a real log, by a warn that is stopped and started again on the way. */
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { PathToken, Transaction, Warning } from '../../schemas/types.ts'
import type { Log } from '../../services/platform/log/port.ts'
import { flowTypes, loadRuleSet, startWarn } from '../../services/warn/app.ts'
import { temporaryLog } from '../support/temporary-log.ts'
import { payment } from '../support/transaction.ts'
import { pathVerdicts } from './path-finder.ts'

const minute = 60_000
const day = 86_400_000
const ruleSet = await loadRuleSet()

/** Twelve people; every six hours money sets out and goes on, sometimes home, sometimes for too little. */
function district(): Transaction[] {
  const start = Date.parse('2026-03-02T08:00:00+08:00')
  const name = (number: number): string => `person-${number % 12}`
  const walks = Array.from({ length: 60 }, (_, walk) => {
    const length = 3 + (walk % 4)
    const route = Array.from({ length }, (_unused, step) => name(walk * 5 + step * (1 + (walk % 3))))
    const stations = walk % 2 === 0 ? [...route, route[0] ?? ''] : route
    return stations.slice(1).map((to, step) => ({
      at: start + (walk * day) / 4 + step * (walk % 5 === 0 ? 2 * day : 47 * minute),
      from: stations[step] ?? '',
      to,
      amount: String((walk % 7 === 3 ? 1_100_000 : 90_000 + 1_000 * walk) - step * 2_000),
    }))
  })
  return walks
    .flat()
    .filter(({ from, to }) => from !== to)
    .toSorted((a, b) => a.at - b.at)
    .map((facts) => payment(facts))
}

async function publish(log: Log, transactions: readonly Transaction[]): Promise<void> {
  await log.ensureTopics([topics.transactions])
  const publisher = await log.publisher('test')
  for (let from = 0; from < transactions.length; from += 7) {
    const rows = transactions.slice(from, from + 7).map((transaction) => ({
      topic: topics.transactions,
      key: transaction.payer_id,
      value: codecs.transaction.encode(transaction),
      headers: {},
      timestamp: transaction.booked_at,
    }))
    await publisher.publish(rows, (await publisher.position()) + 1)
  }
  await publisher.close()
}

function verdict({ rules, subject_id: subject, event_time: time }: Warning): string {
  const day8 = new Date(time + 8 * 3_600_000).toISOString().slice(0, 10)
  return `${rules[0]?.rule_id} ${rules[0]?.level} ${subject} ${day8}`
}

/** What R18 and R19 said, in order of name. */
async function said(log: Log): Promise<string[]> {
  const found: string[] = []
  for (const partition of (await log.offsets(topics.warnings)).keys()) {
    for await (const { value } of log.read(topics.warnings, partition, 0)) {
      const warning = codecs.warning.decode(value ?? Buffer.alloc(0))
      if (['R18', 'R19'].includes(warning.rules[0]?.rule_id ?? '')) found.push(verdict(warning))
    }
  }
  return found.toSorted()
}

/** Tokens by partition of the flows. */
async function tokens(log: Log): Promise<PathToken[][]> {
  const found: PathToken[][] = []
  for (const partition of (await log.offsets(topics.flows)).keys()) {
    const own: PathToken[] = []
    for await (const { value, headers } of log.read(topics.flows, partition, 0)) {
      if (headers['ce_type'] !== flowTypes.paths) continue
      own.push(...codecs.pathBlock.decode(value ?? Buffer.alloc(0)).tokens)
    }
    found.push(own)
  }
  return found
}

describe('paths of money on a log', () => {
  it.each([1, 5])('are found over all partitions, read in %i parts', async (parts) => {
    const transactions = district()
    await using temporary = await temporaryLog()
    const { log } = temporary
    const size = Math.ceil(transactions.length / parts)
    for (let part = 0; part < parts; part += 1) {
      await publish(log, transactions.slice(part * size, (part + 1) * size))
      const warn = await startWarn({
        log,
        telemetry: { log: pino({ level: 'silent' }), registry: new Registry() },
        ruleSet,
        config: { checkpointFlows: 40, checkpointBatches: 3, batchBlocks: 5, batchTransactions: 20 },
      })
      if (part === parts - 1) await warn.endOfInput()
      await warn.stop()
    }
    const expected = [...pathVerdicts(transactions, ruleSet.file.calendar)].toSorted()
    expect(expected.length).toBeGreaterThan(50)
    expect(await said(log)).toEqual(expected)

    const told = await tokens(log)
    expect(told.filter((own) => own.length > 0).length).toBeGreaterThan(1)
    // What was folded again after a stop told nobody a second time.
    const all = told.flat().map(({ payments }) => payments.map(({ txn_id }) => txn_id).join(' '))
    expect(new Set(all).size).toBe(all.length)
  })
})
