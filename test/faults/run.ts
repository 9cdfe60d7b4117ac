/** One run: brokers, workers, faults one after the other, the end of the input, and the judgement of the oracle. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { kafkaVersionDefault } from '../../services/platform/broker/versions.ts'
import { run as runProgram } from '../../services/platform/broker/run.ts'
import { samplePython } from '../support/python.ts'
import { startBrokers } from './brokers.ts'
import type { Brokers } from './brokers.ts'
import { Crew } from './crew.ts'
import type { CrewSpec } from './crew.ts'
import { endOfRun } from './ending.ts'
import { checkExpectations } from './expected.ts'
import type { Check } from './expected.ts'
import { canLimitFiles } from './file-limit.ts'
import { publishing } from './messages.ts'
import type { RunOptions } from './options.ts'
import { drawFaults, faultKinds, workerNames } from './plan.ts'
import type { Fault, FaultKind, Role } from './plan.ts'
import { strike } from './strike.ts'
import type { Stage } from './strike.ts'
import { countingGroup } from './topics.ts'

const sessionMs = 3_000
const groups = ['warn-split', 'warn-score', countingGroup, publishing]
/** How long a group may stand still after a fault before that is said; nothing is given up. */
const progressMsMax = 30_000
/** How long the end may take. */
const endMsMax = 240_000

/** What a run came to; printed as it is. */
export interface RunResult {
  readonly faults: number
  readonly seed: number
  readonly warnings: number
  readonly lost: number
  readonly duplicated: number
  readonly wrong: number
  readonly [figure: string]: unknown
}

/** What a run needs to tell. */
export type Say = (line: string) => void

/** The line that repeats a run. */
export function repeating({ faults, seed, version, brokers, kinds }: RunOptions): string {
  const more = [
    version === kafkaVersionDefault ? '' : ` --kafka ${version}`,
    brokers === 1 ? '' : ` --brokers ${brokers}`,
    kinds === undefined ? '' : ` --kinds ${kinds.join(',')}`,
  ]
  return `npm run -s faults -- --faults ${faults} --seed ${seed}${more.join('')}`
}

interface Parts {
  readonly options: RunOptions
  readonly say: Say
  readonly python: string
  readonly directory: string
}

/** Runs it. @throws Error when something that is needed cannot be had */
export async function runFaults(options: RunOptions, say: Say): Promise<RunResult> {
  const python = await samplePython()
  if (python === undefined)
    throw new Error('the checking reader needs Python 3 with venv, and its packages from PyPI')
  const directory = await mkdtemp(join(tmpdir(), 'weir-faults-'))
  const brokers = await startBrokers(options.version, options.brokers, directory)
  try {
    const result = await runOn(brokers, { options, say, python, directory })
    const isRight = isAllRight(result)
    if (isRight && !options.keep) await rm(directory, { recursive: true, force: true })
    else {
      await brokers.keep()
      say(`the workers' log, the broker's folder and what the oracle wrote lie in ${directory}*`)
    }
    return result
  } finally {
    await brokers.remove()
  }
}

/** Nothing lost, doubled or wrong, and everything processed. */
export function isAllRight({ lost, duplicated, wrong, processed }: RunResult): boolean {
  return processed === true && lost + duplicated + wrong === 0
}

function crewSpec({ options }: Parts, brokers: Brokers): CrewSpec {
  const { seed, partitions, rate, failingShare } = options
  return {
    brokers: brokers.bootstrap,
    prefix: `f${seed}`,
    partitions,
    replication: brokers.count,
    sessionMs,
    failingShare,
    seed,
    rate,
    startedAt: Date.now() + 1_500,
  }
}

async function runOn(brokers: Brokers, parts: Parts): Promise<RunResult> {
  const { options, say, directory } = parts
  const workers: Record<Role, number> = { split: options.workers, score: options.workers, publish: 1 }
  const spec = crewSpec(parts, brokers)
  const crew = new Crew({ spec, directory, say })
  const began = performance.now()
  try {
    for (const name of workerNames(workers)) crew.start(name)
    const plan = { seed: options.seed, faults: options.faults, workers, brokers: brokers.count, sessionMs }
    const faults = drawFaults({ ...plan, kinds: await possibleKinds(parts) })
    await crew.progress(groups, 0, progressMsMax)
    const struck = await strikeAll(faults, crew, brokers, parts)
    // What comes after the last fault is processed as well.
    await delay(1_000)
    const published = await crew.endPublishing('publish-1', endMsMax)
    say(`${published ?? 'unknown how many'} records published; waiting until everything is processed`)
    const ending =
      published === undefined ? undefined : await endOfRun(spec, join(directory, 'harness'), endMsMax)
    const badlyEnded = await crew.stop()
    if (badlyEnded.length > 0) say(`  did not end well: ${badlyEnded.join(', ')}`)
    const judged = await judge(parts, brokers, spec, published ?? 0)
    return {
      faults: faults.length,
      seed: options.seed,
      ...judged,
      processed: ending !== undefined,
      kinds: countsOf(faults),
      unmet: struck.remarks.length,
      stalls: struck.stalls,
      ...crew.counts,
      badly_ended: badlyEnded.length,
      catch_up_seconds: ending === undefined ? null : round(ending.caughtUpSeconds),
      seconds: round((performance.now() - began) / 1000),
      kafka: options.version,
      brokers: brokers.count,
      rate: options.rate,
    }
  } finally {
    await crew.kill()
  }
}

async function possibleKinds({ options, say }: Parts): Promise<readonly FaultKind[]> {
  const { kinds: asked, version, brokers } = options
  let kinds = asked ?? faultKinds
  const leaveOut = (out: readonly FaultKind[], why: string): void => {
    say(`left out: ${out.join(', ')}; ${why}`)
    kinds = kinds.filter((kind) => !out.includes(kind))
  }
  if (!(await canLimitFiles())) leaveOut(['folder-full', 'broker-full'], 'there is no prlimit here')
  // Its log folder fails, its partitions have no leader, and the coordinator skips the ends of their transactions.
  else if (asked === undefined && brokers === 1 && version !== '3.9.1')
    leaveOut(
      ['broker-full'],
      `an only broker of ${version} loses what it acknowledged (KAFKA-20734); use --brokers 3`,
    )
  return kinds
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10
}

function countsOf(faults: readonly Fault[]): Record<string, number> {
  const kinds = Map.groupBy(faults, ({ kind }) => kind)
  return Object.fromEntries([...kinds].map(([kind, own]): [string, number] => [kind, own.length]).toSorted())
}

interface Struck {
  readonly remarks: readonly string[]
  /** Faults after which a group stood still for longer than it should. */
  readonly stalls: number
}

/** One fault at a time, except those that overlap with the one before; never two at one target. */
async function strikeAll(
  faults: readonly Fault[],
  crew: Crew,
  brokers: Brokers,
  { options, say }: Parts,
): Promise<Struck> {
  const remarks: string[] = []
  const busy = new Map<string, Promise<void>>()
  let stalls = 0
  for (const fault of faults) {
    // What three copies survive is the loss of one broker at a time.
    const target = fault.target.startsWith('broker-') ? 'broker' : fault.target
    const before = fault.overlaps ? busy.get(target) : Promise.all(busy.values())
    const since = performance.now()
    await before
    if (!fault.overlaps) {
      const still = await crew.progress(groups, since, progressMsMax)
      if (still.length > 0) {
        stalls += 1
        say(`  no progress of ${still.join(', ')} for ${progressMsMax / 1000} s`)
      }
    }
    await delay(fault.afterMs)
    const seconds = Math.round(performance.now() / 1000)
    say(`${seconds} s, ${describe(fault)} · ${repeating(options)}`)
    const work = strikeOne(fault, { crew, brokers }, (remark) => {
      remarks.push(remark)
      say(`  ${fault.number} ${fault.kind} ${fault.target}: ${remark}`)
    })
    busy.set(target, work)
    void work.finally(() => busy.get(target) === work && busy.delete(target)).catch(() => undefined)
  }
  await Promise.all(busy.values())
  return { remarks, stalls }
}

async function strikeOne(fault: Fault, stage: Stage, note: (remark: string) => void): Promise<void> {
  const remark = await strike(fault, stage)
  if (remark !== undefined) note(remark)
  if (fault.target.startsWith('broker-') && !(await stage.brokers.whole()))
    note('the copies did not catch up in time')
}

function describe({ number, kind, target, lastsMs, overlaps, request, times }: Fault): string {
  const isRequest = kind === 'request-unsent' || kind === 'answer-lost'
  return [
    `fault ${number}: ${kind} ${target}`,
    ...(isRequest ? [`${request} ×${times}`] : []),
    ...(lastsMs > 0 ? [`${lastsMs} ms`] : []),
    ...(overlaps ? ['meanwhile'] : []),
  ].join(' ')
}

interface Findings {
  readonly checks: Readonly<Record<string, Check>>
  readonly figures: Readonly<Record<string, unknown>>
}

/** Reads the topics with librdkafka, recomputes, compares. */
async function judge(
  { directory, python, say }: Parts,
  brokers: Brokers,
  spec: CrewSpec,
  published: number,
): Promise<Pick<RunResult, 'warnings' | 'lost' | 'duplicated' | 'wrong'> & Record<string, unknown>> {
  const file = join(directory, 'parameters.json')
  await writeFile(
    file,
    JSON.stringify({
      brokers: brokers.bootstrap,
      prefix: spec.prefix,
      folders: [brokers.folder],
      published,
      out: directory,
    }),
  )
  const script = join(import.meta.dirname, 'oracle.py')
  const { code, output } = await runProgram(python, ['-B', script, file])
  if (code !== 0) throw new Error(`the checking reader ended with ${code}: ${output}`)
  const found = JSON.parse(await readFile(join(directory, 'findings.json'), 'utf8')) as Findings
  const { checks: expectations, sqlEvery, byRule } = await checkExpectations(directory)
  const checks: Readonly<Record<string, Check>> = { ...found.checks, ...expectations }
  for (const [name, { examples }] of Object.entries(checks))
    for (const example of examples) say(`  ${name}: ${example}`)
  const sum = (verdict: 'lost' | 'duplicated' | 'wrong'): number =>
    Object.values(checks).reduce((total, check) => total + check[verdict], 0)
  return {
    warnings: expectations.warnings.found,
    lost: sum('lost'),
    duplicated: sum('duplicated'),
    wrong: sum('wrong'),
    ...found.figures,
    warnings_by_rule: byRule,
    checks: Object.fromEntries(
      Object.entries(checks).map(([name, { examples: _, ...counts }]) => [name, counts]),
    ),
    sql_subjects: `1/${sqlEvery}`,
  }
}
