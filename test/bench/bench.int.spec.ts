/** The benches run on a real broker and count right; what they measure is not asserted. */
import { expect, it } from 'vitest'
import { loadRuleSet } from '../../services/warn/app.ts'
import { describeWithKafka, sharedKafka } from '../support/kafka.ts'
import { weir } from '../support/weir.ts'

async function bench(
  what: string,
  options: Readonly<Record<string, number>>,
): Promise<Record<string, number>> {
  const { bootstrap } = await sharedKafka()
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  const { code, stdout, stderr } = await weir(['bench', what, '--json', ...flags], {
    WEIR_KAFKA_BROKERS: bootstrap.join(','),
  }).ended
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as Record<string, number>
}

it('weir bench engine folds what it was asked for with every rule, and says what it took', async () => {
  const { length: rules } = (await loadRuleSet()).file.rules
  const flags = ['--subjects', '500', '--transactions', '5000']
  const { code, stdout, stderr } = await weir(['bench', 'engine', '--json', ...flags]).ended
  expect(code, stderr).toBe(0)
  const report = JSON.parse(stdout) as Record<string, number>
  expect(report).toMatchObject({ transactions: 5_000, rules })
  for (const name of ['tx_per_s', 'bytes_per_subject_p50', 'bytes_per_subject_p99', 'warnings', 'subjects'])
    expect(report[name], name).toBeGreaterThan(0)
  expect(report['gc_ms']).toBeGreaterThanOrEqual(0)
})

await describeWithKafka('weir bench', () => {
  it('pipeline gets a backlog scored in every run, with the same warnings, beside a raw consumer', async () => {
    const { length: rules } = (await loadRuleSet()).file.rules
    const report = await bench('pipeline', { transactions: 20_000, subjects: 2_000, runs: 2, days: 3 })
    expect(report).toMatchObject({ transactions: 20_000, rules, partitions: 4 })
    for (const name of ['tx_per_s', 'raw_consume_per_s', 'ratio', 'warnings', 'seconds'])
      expect(report[name], name).toBeGreaterThan(0)
    const { runs } = report as unknown as { readonly runs: readonly { readonly warnings: number }[] }
    expect(runs).toHaveLength(2)
    expect(runs.map(({ warnings }) => warnings)).toEqual([report['warnings'], report['warnings']])
  })

  it('latency times every warning that is due at once, once', async () => {
    const report = await bench('latency', { rate: 200, seconds: 3, 'warm-up': 1, subjects: 2_000 })
    expect(report).toMatchObject({ rate: 200, seconds: 3, missing: 0, doubled: 0 })
    expect(report['warnings']).toBeGreaterThan(0)
    const order = ['p50_ms', 'p90_ms', 'p99_ms', 'p999_ms', 'max_ms'].map(
      (name) => report[name] ?? Number.NaN,
    )
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(order[0]).toBeGreaterThan(0)
  })
})
