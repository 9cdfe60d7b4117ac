/** The fault harness: `npm run -s faults -- --faults 100 --seed 1 --json`. */
import { readOptions, usage } from './options.ts'
import type { RunOptions } from './options.ts'
import { isAllRight, repeating, runFaults } from './run.ts'

const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

function options(): RunOptions | undefined {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exit(2)
  }
}

const read = options()
if (read === undefined) {
  process.stdout.write(usage)
  process.exit(0)
}
say(repeating(read))
const result = await runFaults(read, say)
process.stdout.write(read.json ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, null, 2)}\n`)
if (!isAllRight(result)) {
  say(`not all is right; again: ${repeating(read)}`)
  process.exit(1)
}
process.exit(0)
