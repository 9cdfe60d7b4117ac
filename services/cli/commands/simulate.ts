import {
  defaultSimulation,
  optionsProblem,
  ruleStories,
  storyFacts,
  storyRows,
  writeFacts,
  writeSimulation,
} from '../../simulate/app.ts'
import { firstDayOf } from '../dates.ts'
import { CommandError, count, exitCodes, printJson, progressLine, say } from '../terminal.ts'

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
  /** Id of a rule: its story instead of a district. */
  readonly story?: string
  /** The story that stays just below the rule's line. */
  readonly below?: boolean
  /** Folder for what registers, courts and departments deliver in the story. */
  readonly facts?: string
}

/** Writes a simulated district as CSV, or the story of one rule. */
export async function simulateCommand(request: SimulateOptions): Promise<void> {
  if (request.story !== undefined) {
    await writeStory(request.story, request)
    return
  }
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

async function writeStory(rule: string, request: SimulateOptions): Promise<void> {
  const story = ruleStories.find((one) => one.rule === rule.toUpperCase())
  if (story === undefined) {
    const known = ruleStories.map((one) => one.rule).join(', ')
    throw new CommandError(`there is no story of ${rule}; there are ${known}`, exitCodes.usage)
  }
  const which = request.below === true ? 'below' : 'fires'
  const { what, subject } = story[which]
  say(`${what.zh}。${what.en}.`)
  const rows = await writeSimulation({
    options: storyRows(story, which),
    out: request.out === '-' ? process.stdout : request.out,
    ...(request.labels === undefined ? {} : { labels: request.labels }),
  })
  const facts = storyFacts(story, which)
  const files = request.facts === undefined ? [] : await writeFacts(request.facts, facts)
  for (const { kind, file } of files) say(`weir ingest --facts ${kind} ${file}`)
  if (facts.length > 0 && request.facts === undefined) {
    say('this story also needs facts that are no payments: write them with --facts DIR')
  }
  if (request.json === true && request.out !== '-') {
    const subjectId = subject.id === '' ? subject.account : subject.id
    printJson({
      rows,
      out: request.out,
      labels: request.labels ?? null,
      story: story.rule,
      facts: files,
      subject_id: subjectId,
      what,
    })
  }
}
