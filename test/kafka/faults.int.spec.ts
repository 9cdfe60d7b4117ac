/** The fault harness itself: a short run with every test run; long ones by `npm run faults`. */
import { describe, expect, it } from 'vitest'
import { runFaults } from '../faults/run.ts'
import type { RunResult } from '../faults/run.ts'
import { readOptions } from '../faults/options.ts'
import { describeWithKafka } from '../support/kafka.ts'
import { samplePython } from '../support/python.ts'
import { seed } from '../support/seed.ts'

const isPythonThere = (await samplePython()) !== undefined

async function run(faults: number, version: string): Promise<RunResult> {
  const options = readOptions(['--faults', String(faults), '--seed', String(seed), '--kafka', version])
  if (options === undefined) throw new Error('help was not asked for')
  return runFaults(options, (line) => process.stderr.write(`${line}\n`))
}

for (const [version, faults] of [
  ['4.3.0', 10],
  ['3.9.1', 5],
] as const) {
  await describeWithKafka(
    `the stages of warn on Kafka ${version}`,
    () => {
      describe.skipIf(!isPythonThere)('read by librdkafka', () => {
        it(`lose, double and change nothing when they and the broker fail ${faults} times`, async () => {
          const result = await run(faults, version)
          expect(result).toMatchObject({ faults, lost: 0, duplicated: 0, wrong: 0, processed: true })
          // A run in which nothing happened proves nothing.
          expect(result.warnings).toBeGreaterThan(0)
          expect(result['aborted_transactions']).toBeGreaterThan(0)
        })
      })
    },
    { version, own: true, process: true },
  )
}
