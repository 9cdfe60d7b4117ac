/** The process of warn: `main.ts split` and `main.ts score` run one stage each, without a name both. */
import { processExit, runProcess } from '../platform/process/run.ts'
import { warnProcess } from './process.ts'

const [stage] = process.argv.slice(2)
if (stage !== undefined && stage !== 'split' && stage !== 'score') {
  process.stderr.write(`warn has no stage '${stage}'; there are split and score\n`)
  process.exit(processExit.misconfigured)
}

process.exit(await runProcess(stage === undefined ? warnProcess() : warnProcess(stage)))
