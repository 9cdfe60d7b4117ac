/** Seeded payments for benches: a few busy subjects, many quiet ones (Zipf), amounts around a few thousand with some in the millions. */
import type { Channel, SubjectKind, Transaction } from '../../../schemas/types.ts'
import { randomOf, zipfOf } from './draw.ts'

/** What payments to make. */
export interface Workload {
  readonly transactions: number
  readonly subjects: number
  /** Event time they are spread over. Default 30. */
  readonly days?: number
  /** Exponent of the Zipf law. Default 0.8. */
  readonly skew?: number
  /** Payments may come this late, milliseconds. Default 60,000. */
  readonly disorderMs?: number
  readonly seed?: number
}

const kinds: readonly SubjectKind[] = ['person', 'person', 'person', 'enterprise']
const channels: readonly Channel[] = ['transfer', 'transfer', 'third_party', 'card', 'cash']
const remarks = ['货款', '工资', 'loan repayment', '投资本金', 'membership and subscription', '']
const begin = Date.UTC(2026, 0, 1)
const dayMs = 86_400_000
/** As long as a sealed identity of a person usually is. */
const identityBytes = 96

interface Party {
  readonly id: string
  readonly kind: SubjectKind
  readonly identity: Uint8Array
}

/** A subject by number: the same number is always the same subject. */
function partyOf(number: number): Party {
  const random = randomOf(number)
  const identity = Buffer.allocUnsafeSlow(identityBytes)
  for (let at = 0; at < identityBytes; at += 4) identity.writeUInt32LE(Math.floor(random() * 2 ** 32), at)
  return {
    // As long as a pseudonym of ingest.
    id: `p_${identity.toString('base64url', 0, 16)}`,
    kind: kinds[number % kinds.length] ?? 'person',
    identity,
  }
}

/** Payments in order of arrival; made one by one, so that the bench's own memory stays small. */
export function* payments(workload: Workload): Generator<Transaction, void, undefined> {
  const { transactions, subjects, days = 30, skew = 0.8, disorderMs = 60_000, seed = 20_261_122 } = workload
  const random = randomOf(seed)
  const rank = zipfOf(subjects, skew, random)
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const pick = <T>(list: readonly T[], otherwise: T): T =>
    list[Math.floor(random() * list.length)] ?? otherwise
  for (let index = 0; index < transactions; index += 1) {
    const payer = (rank() * 7_919 + 17) % subjects
    const chosen = (rank() * 104_729 + 31) % subjects
    const payee = chosen === payer ? (chosen + 1) % subjects : chosen
    const from = partyOf(payer)
    const to = partyOf(payee)
    const isLarge = random() < 0.002
    const amount = isLarge ? 1e8 * (1 - random()) ** -0.7 : 200_000 * Math.exp(1.5 * gauss())
    yield {
      txn_id: `T${String(index).padStart(15, '0')}`,
      booked_at:
        begin + Math.floor((index * days * dayMs) / transactions) + Math.floor(random() * disorderMs),
      amount: Math.max(1, Math.floor(amount)),
      currency: random() < 0.01 ? 'USD' : 'CNY',
      payer_account: '',
      payer_id: from.id,
      payer_kind: from.kind,
      payer_region: '331004',
      payer_identity: from.identity,
      payee_account: '',
      payee_id: to.id,
      payee_kind: to.kind,
      payee_region: '331004',
      payee_identity: to.identity,
      channel: pick(channels, 'transfer'),
      country: '',
      remark: pick(remarks, ''),
      source_id: 'bank_a',
    }
  }
}
