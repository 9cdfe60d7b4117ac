/** Measures both stages of warn: `node test/bench/engine.ts [subjects] [transactions] [runs]` prints the figures of each run and the medians. */
import { loadavg } from 'node:os'
import { benchEngine } from '../../services/warn/app.ts'
import type { EngineFigures } from '../../services/warn/app.ts'

const [subjects = 100_000, transactions = 1_000_000, runs = 3] = process.argv.slice(2).map(Number)
const all: EngineFigures[] = []
for (let run = 1; run <= runs; run += 1) {
  process.stderr.write(`run ${run} of ${runs}, load ${loadavg()[0]?.toFixed(1)}\n`)
  const figures = await benchEngine({ subjects, transactions })
  console.log(JSON.stringify(figures))
  all.push(figures)
}
const median = (of: (figures: EngineFigures) => number): number =>
  all.map((figures) => of(figures)).toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN
console.log(
  JSON.stringify({
    tx_per_s: median((one) => one.tx_per_s),
    split_ns: median((one) => one.ns.split),
    fold_ns: median((one) => one.ns.fold),
    checkpoint_ns: median((one) => one.ns.checkpoint),
    bytes_per_subject_p50: median((one) => one.bytes_per_subject_p50),
    bytes_per_subject_p99: median((one) => one.bytes_per_subject_p99),
  }),
)
