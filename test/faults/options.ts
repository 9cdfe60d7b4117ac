/** The command line of the fault harness. */
import { parseArgs } from 'node:util'
import { kafkaVersionDefault, kafkaVersions } from '../../services/platform/broker/versions.ts'
import type { KafkaVersion } from '../../services/platform/broker/versions.ts'
import { clusterSize } from './cluster.ts'
import { faultKinds } from './plan.ts'
import type { FaultKind } from './plan.ts'

/** What a run is. */
export interface RunOptions {
  readonly faults: number
  readonly seed: number
  readonly json: boolean
  readonly version: KafkaVersion
  readonly brokers: number
  /** Splitting and scoring workers, of each so many. */
  readonly workers: number
  readonly partitions: number
  /** Transactions per second. */
  readonly rate: number
  /** Share of transactional requests that fail unasked. */
  readonly failingShare: number
  /** Only these kinds; undefined: all. */
  readonly kinds: readonly FaultKind[] | undefined
  /** What was left behind stays, also when all is well. */
  readonly keep: boolean
}

/** The text for people. */
export const usage = `Strikes the real stages on a real broker with faults, and checks what they wrote.

npm run -s faults -- [options]
  --faults N      how many faults (10)
  --seed S        repeats the faults and the transactions of a run (random)
  --json          one line of JSON on standard output
  --kafka V       version of the broker: ${kafkaVersions.join(', ')} (${kafkaVersionDefault})
  --brokers N     1, or 3 with three copies of everything (1)
  --workers N     processes of each stage (2)
  --partitions N  partitions of each topic (4)
  --rate N        transactions per second (300; 100 from 500 faults on)
  --failing X     share of transactional requests that fail besides (0.002)
  --kinds A,B     only these kinds of faults: ${faultKinds.join(', ')}
  --keep          keeps the folder of the run
Exit code 0 when nothing was lost, doubled or wrong and everything was processed; 1 otherwise; 2 when the command line is wrong.
`

function whole(name: string, text: string, from: number): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < from)
    throw new RangeError(`--${name} must be a whole number from ${from} on, got ${text}`)
  return value
}

function kindsOf(text: string): FaultKind[] {
  return text.split(',').map((name) => {
    const found = faultKinds.find((kind) => kind === name)
    if (found === undefined)
      throw new RangeError(`--kinds: there is no ${name}; there are ${faultKinds.join(', ')}`)
    return found
  })
}

/** Reads the command line. @returns undefined when help was asked for @throws Error in words for the user */
export function readOptions(parameters: readonly string[]): RunOptions | undefined {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      faults: { type: 'string', default: '10' },
      seed: { type: 'string' },
      json: { type: 'boolean', default: false },
      kafka: { type: 'string', default: kafkaVersionDefault },
      brokers: { type: 'string', default: '1' },
      workers: { type: 'string', default: '2' },
      partitions: { type: 'string', default: '4' },
      rate: { type: 'string' },
      failing: { type: 'string', default: '0.002' },
      kinds: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const version = kafkaVersions.find((known) => known === values.kafka)
  if (version === undefined) throw new RangeError(`--kafka must be one of ${kafkaVersions.join(', ')}`)
  const failingShare = Number(values.failing)
  if (!(failingShare >= 0 && failingShare <= 0.5)) throw new RangeError('--failing must be between 0 and 0.5')
  const faults = whole('faults', values.faults, 0)
  const brokers = whole('brokers', values.brokers, 1)
  if (brokers !== 1 && brokers !== clusterSize) throw new RangeError(`--brokers must be 1 or ${clusterSize}`)
  return {
    faults,
    seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : whole('seed', values.seed, 0),
    json: values.json,
    version,
    brokers,
    workers: whole('workers', values.workers, 1),
    partitions: whole('partitions', values.partitions, 2),
    rate: whole('rate', values.rate ?? (faults < 500 ? '300' : '100'), 1),
    failingShare,
    kinds: values.kinds === undefined ? undefined : kindsOf(values.kinds),
    keep: values.keep,
  }
}
