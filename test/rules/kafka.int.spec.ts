/** Steps in the life of rules on Kafka: processes that take the same step at the same time take it once. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { Control } from '../../schemas/types.ts'
import type { Log } from '../../services/platform/log/port.ts'
import { flowTypes, loadRuleSet, readRuleHistory, takeRuleStep } from '../../services/warn/app.ts'
import type { RuleCommand } from '../../services/warn/app.ts'
import { kafkaUnderTest } from '../kafka/support.ts'
import { describeWithKafka } from '../support/kafka.ts'

/** Kinds of controls on the flows topic, by partition, in order. */
async function controls(log: Log): Promise<Control['kind'][][]> {
  const found: Control['kind'][][] = []
  for (const [partition, { first }] of (await log.offsets(topics.flows)).entries()) {
    const kinds: Control['kind'][] = []
    for await (const { headers, value } of log.read(topics.flows, partition, first)) {
      if (headers['ce_type'] !== flowTypes.control) continue
      kinds.push(codecs.control.decode(value ?? Buffer.alloc(0)).kind)
    }
    found.push(kinds)
  }
  return found
}

await describeWithKafka('the life of rules with a broker', () => {
  test('takes each step once, in one order for every partition, however many take it at the same time', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'weir-rules-'))
    const kafka = await kafkaUnderTest(directory)
    try {
      const set = await loadRuleSet()
      const logs = await Promise.all([1, 2, 3].map(() => kafka.open()))
      const together = async (by: string, command: RuleCommand): Promise<string[]> => {
        const taken = logs.map((log) =>
          takeRuleStep(log, command, { by, why: 'test', at: 1_772_415_000_000 }),
        )
        return (await Promise.all(taken)).map(({ kind }) => kind).toSorted()
      }
      expect(await together('weir', { kind: 'ship', set })).toEqual(['accepted', 'done', 'done'])
      expect(await together('li', { kind: 'kill', ruleId: 'R02' })).toEqual(['accepted', 'done', 'done'])
      // Whoever comes second finds that li has asked already, and is the same person.
      expect(await together('li', { kind: 'restore', ruleId: 'R02' })).toEqual([
        'accepted',
        'refused',
        'refused',
      ])
      expect(await together('wang', { kind: 'restore', ruleId: 'R02' })).toEqual([
        'accepted',
        'refused',
        'refused',
      ])
      const [log] = logs
      if (log === undefined) throw new Error('no log')
      const kinds = await controls(log)
      expect(kinds).toEqual(kinds.map(() => ['rule_set_activated', 'rule_killed', 'rule_restored']))
      expect((await readRuleHistory(log)).taken.map(({ step }) => step)).toEqual([
        'activated',
        'rule_killed',
        'restore_asked',
        'rule_restored',
      ])
    } finally {
      await kafka.remove()
      await rm(directory, { recursive: true, force: true })
    }
  })
})
