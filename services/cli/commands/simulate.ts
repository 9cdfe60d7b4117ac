import { defaultSimulation, optionsProblem, writeSimulation } from '../../simulate/app.ts'
import { firstDayOf } from '../dates.ts'
import { CommandError, count, exitCodes, printJson, progressLine } from '../terminal.ts'

/** Options of `weir simulate`. */
export interface SimulateOptions {
  readonly transactions: number
  readonly days: number
  readonly seed: number
  readonly start: string
  readonly disorder: number
  readonly out: string
  readonly labels?: string
  readonly json?: boolean
}

/** Writes a simulated district as CSV. */
export async function simulateCommand(request: SimulateOptions): Promise<void> {
  const options = {
    ...defaultSimulation,
    seed: request.seed,
    transactions: request.transactions,
    days: request.days,
    start: firstDayOf(request.start),
    disorderMinutes: request.disorder,
  }
  const problem = optionsProblem(options)
  if (problem !== undefined) throw new CommandError(problem, exitCodes.usage)
  const line = progressLine()
  const rows = await writeSimulation({
    options,
    out: request.out === '-' ? process.stdout : request.out,
    ...(request.labels === undefined ? {} : { labels: request.labels }),
    onProgress: (done) => line.update(`${count(done)} of ${count(options.transactions)} rows`),
  })
  line.done(`${count(rows)} rows written${request.out === '-' ? '' : ` to ${request.out}`}`)
  if (request.json === true && request.out !== '-') {
    printJson({ rows, out: request.out, labels: request.labels ?? null, seed: request.seed })
  }
}
