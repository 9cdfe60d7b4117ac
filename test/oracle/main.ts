/**
 * The long comparison: `npm run oracle -- --histories 100000 [--seed N] [--only NUMBER] [--json]`.
 * Exit code 1 when engine and oracle differ; the line that repeats it is printed with the fewest rows that still show it.
 */
import { parseArgs } from 'node:util'
import { loadRuleSet } from '../../services/warn/app.ts'
import { campaign, openOracle } from './campaign.ts'
import type { Tally } from './campaign.ts'

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error(`--${name} must be a whole number, got ${text}`)
  return value
}

function report(seed: string, tally: Tally, seconds: number): void {
  const { failure } = tally
  const counts = (map: ReadonlyMap<string, number>): Record<string, number> =>
    Object.fromEntries([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const summary = {
    seed,
    histories: tally.histories,
    rows: tally.rows,
    verdicts: tally.verdicts,
    seconds: Math.round(seconds),
    reached: counts(tally.reached),
    missed: counts(tally.missed),
    ...(failure === undefined
      ? {}
      : { failure, again: `npm run oracle -- --seed ${seed} --only ${failure.number}` }),
  }
  if (values.json) process.stdout.write(`${JSON.stringify(summary)}\n`)
  else process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`)
}

const { seed } = values
const only = values.only === undefined ? undefined : wholeNumber('only', values.only)
const numbers =
  only === undefined
    ? { from: 0, to: wholeNumber('histories', values.histories) }
    : { from: only, to: only + 1 }
const ruleSet = await loadRuleSet()
const oracle = await openOracle(ruleSet)
const began = performance.now()
const elapsed = (): number => (performance.now() - began) / 1000
const tally = await campaign(seed, numbers, oracle, ruleSet, ({ histories, verdicts }) => {
  const rate = histories / elapsed()
  const left = Math.round((numbers.to - numbers.from - histories) / rate)
  process.stderr.write(
    `seed ${seed}: ${histories} histories, ${verdicts} verdicts, ${rate.toFixed(0)}/s, ${left} s left\n`,
  )
})
report(seed, tally, elapsed())
await oracle.close()
if (tally.failure !== undefined) process.exitCode = 1
