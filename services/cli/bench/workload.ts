/**
 * Payments for benches as ingestion writes them: same schema, same headers, same key, sealed identities of the usual size. Made
 * from pieces that are prepared once, so that making them costs little beside what is measured. The same seed gives the same.
 */
import { versionsOf } from '../../../schemas/codec.ts'
import { partitionOf } from '../../platform/log/partitioner.ts'
import type { WireRecordIn } from '../../platform/log/kafka/wire/record-batch.ts'
import { randomOf, zipfOf } from '../../warn/bench/draw.ts'

/** What payments to make. */
export interface WorkloadOptions {
  readonly subjects: number
  /** Partitions of the topic they go to. */
  readonly partitions: number
  /** Share of payments of a million or more: each side that is a person is warned of at once (R01). */
  readonly largeShare: number
  /** Exponent of the Zipf law by which some subjects pay and are paid more often. Default 0.8. */
  readonly skew?: number
  readonly seed?: number
}

/** A payment on its way to the log. */
export interface BenchPayment {
  readonly partition: number
  readonly record: WireRecordIn
  /** Warnings of R01 that it gives rise to. */
  readonly warnings: number
}

/** Amounts, in fen: from here on a payment is large; ordinary ones stay so far below that no rate lifts them over it. */
const large = 100_000_000
const ordinaryMax = 13_000_000
const ordinaryMedian = 200_000
/** As long as a sealed identity of a person usually is. */
const identityBytes = 96
/** Three of four subjects are persons; numbers of the symbols in the schema. */
const person = 1
const enterprise = 2
const channels = [1, 1, 3, 4, 2]
const remarks = ['货款', '工资', 'loan repayment', '投资本金', 'membership and subscription', '']
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

interface Party {
  readonly id: string
  readonly partition: number
  readonly kind: number
  /** Account, id, kind, region and sealed identity as they lie in the record. */
  readonly bytes: Buffer
}

function partyOf(number: number, seed: number, partitions: number): Party {
  const random = randomOf(number ^ Math.imul(seed, 2_654_435_761))
  const identity = Buffer.allocUnsafe(identityBytes)
  for (let at = 0; at < identityBytes; at += 4) identity.writeUInt32LE(Math.floor(random() * 2 ** 32), at)
  // As long as a pseudonym of ingestion.
  const id = `p_${identity.toString('base64url', 0, 16)}`
  const kind = number % 4 === 3 ? enterprise : person
  const bytes = Buffer.concat([
    textBytes(''),
    textBytes(id),
    numberBytes(kind),
    textBytes('331004'),
    numberBytes(identity.length),
    identity,
  ])
  return { id, partition: partitionOf(id, partitions), kind, bytes }
}

/** Avro's zigzag number. */
function numberBytes(value: number): Buffer {
  const bytes: number[] = []
  let rest = value * 2
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}

function textBytes(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([numberBytes(bytes.length), bytes])
}

/** Makes payments one after the other. */
export class Workload {
  private readonly options: WorkloadOptions
  private readonly random: () => number
  private readonly rank: () => number
  private readonly parties: readonly Party[]
  private readonly header: Buffer
  private readonly tails: readonly Buffer[]
  private readonly yuan = textBytes('CNY')
  private readonly dollars = textBytes('USD')
  private readonly scratch = Buffer.allocUnsafe(1024)
  private at = 0
  private made = 0

  constructor(options: WorkloadOptions) {
    const { subjects, partitions, skew = 0.8, seed = 20_261_122 } = options
    this.options = options
    this.random = randomOf(seed)
    this.rank = zipfOf(subjects, skew, this.random)
    this.parties = Array.from({ length: subjects }, (_, number) => partyOf(number, seed, partitions))
    const newest = versionsOf('transaction').at(-1)
    if (newest === undefined) throw new Error('schemas/transaction holds no version')
    this.header = newest.header
    // Channel, country, remark and source.
    this.tails = channels.flatMap((channel) =>
      remarks.map((remark) =>
        Buffer.concat([numberBytes(channel), textBytes(''), textBytes(remark), textBytes('bank_a')]),
      ),
    )
  }

  /** The next payment. @param bookedAt event time, ms since 1970 */
  next(bookedAt: number): BenchPayment {
    const { random, options } = this
    const payer = this.party((this.rank() * 7_919 + 17) % options.subjects)
    let payee = this.party((this.rank() * 104_729 + 31) % options.subjects)
    if (payee === payer) payee = this.party((this.rank() + 1) % options.subjects)
    const isLarge = random() < options.largeShare && payee !== payer
    const amount = isLarge ? this.largeAmount() : this.ordinaryAmount()
    const isForeign = !isLarge && random() < 0.01
    const number = this.made
    this.made += 1
    const value = this.encode(
      `B${String(number).padStart(15, '0')}`,
      bookedAt,
      amount,
      isForeign,
      payer,
      payee,
    )
    return {
      partition: payer.partition,
      record: { key: payer.id, value, headers: headersOf(number, bookedAt), timestamp: bookedAt },
      warnings: isLarge ? Number(payer.kind === person) + Number(payee.kind === person) : 0,
    }
  }

  private party(number: number): Party {
    const party = this.parties[number]
    if (party === undefined) throw new RangeError(`there is no subject ${number}`)
    return party
  }

  private largeAmount(): number {
    return Math.floor(large * (1 - this.random()) ** -0.7)
  }

  private ordinaryAmount(): number {
    const { random } = this
    const gauss = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.min(ordinaryMax, Math.max(1, Math.floor(ordinaryMedian * Math.exp(1.5 * gauss))))
  }

  private encode(
    id: string,
    bookedAt: number,
    amount: number,
    isForeign: boolean,
    payer: Party,
    payee: Party,
  ): Buffer {
    this.at = 0
    this.bytes(this.header)
    this.number(id.length)
    this.at += this.scratch.write(id, this.at, 'latin1')
    this.number(bookedAt)
    this.number(amount)
    this.bytes(isForeign ? this.dollars : this.yuan)
    this.bytes(payer.bytes)
    this.bytes(payee.bytes)
    const tail = this.tails[Math.floor(this.random() * this.tails.length)]
    if (tail !== undefined) this.bytes(tail)
    return Buffer.from(this.scratch.subarray(0, this.at))
  }

  private bytes(bytes: Buffer): void {
    this.scratch.set(bytes, this.at)
    this.at += bytes.length
  }

  private number(value: number): void {
    let rest = value * 2
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.scratch[this.at++] = (rest % 0x80) | 0x80
    this.scratch[this.at++] = rest
  }
}

function headersOf(number: number, at: number): Readonly<Record<string, string>> {
  return {
    ce_id: `bench:${number}`,
    ce_source: '/weir/ingest',
    ce_type: 'weir.transaction',
    ce_specversion: '1.0',
    ce_time: new Date(at).toISOString(),
    'content-type': 'application/avro',
    traceparent,
  }
}
