import { normaliseNumber } from '../../platform/identity/normalise.ts'
import { minorUnits } from '../../platform/money/money.ts'
import type { TransactionFields } from '../../../schemas/transaction-csv.ts'
import type { Channel, SubjectKind } from '../../../schemas/types.ts'
import { bookedAt } from './booked-at.ts'
import { countryCodes } from './countries.ts'
import type { RecordReason, RecordRefusal } from './reasons.ts'

/** One checked payment in the clear: it never leaves ingestion like this. Times ms since 1970, amount in minor units. */
export interface ClearTransaction {
  readonly txn_id: string
  readonly booked_at: number
  readonly amount: number
  readonly currency: string
  readonly payer_account: string
  readonly payer_id: string
  readonly payer_name: string
  readonly payer_kind: SubjectKind
  readonly payer_region: string
  readonly payee_account: string
  readonly payee_id: string
  readonly payee_name: string
  readonly payee_kind: SubjectKind
  readonly payee_region: string
  readonly channel: Channel
  readonly country: string
  readonly remark: string
  readonly source_id: string
}

const kinds: ReadonlyMap<string, SubjectKind> = new Map([
  ['', 'unknown'],
  ['unknown', 'unknown'],
  ['person', 'person'],
  ['enterprise', 'enterprise'],
  ['institution', 'institution'],
])

const channels: ReadonlyMap<string, Channel> = new Map([
  ['', 'unknown'],
  ['unknown', 'unknown'],
  ['transfer', 'transfer'],
  ['cash', 'cash'],
  ['third_party', 'third_party'],
  ['card', 'card'],
])

const sixDigits = /^\d{6}$/

function refuse(reason: RecordReason, detail: string): RecordRefusal {
  return { reason, detail }
}

function timeAndMoney(fields: TransactionFields): { bookedAt: number; amount: number } | RecordRefusal {
  const time = fields.booked_at.trim()
  if (time === '') return refuse('missing_date', 'booked_at')
  const milliseconds = bookedAt(time)
  if (typeof milliseconds === 'string') return refuse(milliseconds, 'booked_at')
  const decimal = fields.amount.trim()
  if (decimal === '') return refuse('missing_amount', 'amount')
  const currency = fields.currency.trim()
  if (currency === '') return refuse('missing_currency', 'currency')
  const amount = minorUnits(decimal, currency)
  if (typeof amount === 'object')
    return refuse(amount.reason, amount.reason === 'unknown_currency' ? 'currency' : 'amount')
  if (amount <= 0) return refuse('amount_not_positive', 'amount')
  return { bookedAt: milliseconds, amount }
}

interface Side {
  readonly account: string
  readonly id: string
  readonly kind: SubjectKind
  readonly region: string
}

/** A number that normalises to nothing (`-`) says nothing, and is kept as nothing. */
function numberOf(text: string): string {
  const trimmed = text.trim()
  return normaliseNumber(trimmed) === '' ? '' : trimmed
}

function side(name: 'payer' | 'payee', fields: TransactionFields): Side | RecordRefusal {
  const account = numberOf(fields[`${name}_account`])
  const id = numberOf(fields[`${name}_id`])
  if (account === '' && id === '') {
    return refuse(fields[`${name}_name`].trim() === '' ? 'missing_party' : 'name_only', name)
  }
  const kind = kinds.get(fields[`${name}_kind`].trim())
  if (kind === undefined) return refuse('unknown_kind', `${name}_kind`)
  const region = fields[`${name}_region`].trim()
  if (region !== '' && !sixDigits.test(region)) return refuse('invalid_region', `${name}_region`)
  return { account, id, kind, region }
}

/**
 * Checks one record against the contract (docs/spec/ingest.md). Blanks around a value do not count; an empty optional value is
 * `unknown` or empty, a word outside the contract refuses the record.
 * @param defaultSource stands in where the record names no source
 * @returns the payment, or the first reason against it
 */
export function checkFields(fields: TransactionFields, defaultSource = ''): ClearTransaction | RecordRefusal {
  const txnId = fields.txn_id.trim()
  if (txnId === '') return refuse('missing_txn_id', 'txn_id')
  const money = timeAndMoney(fields)
  if ('reason' in money) return money
  const payer = side('payer', fields)
  if ('reason' in payer) return payer
  const payee = side('payee', fields)
  if ('reason' in payee) return payee
  const channel = channels.get(fields.channel.trim())
  if (channel === undefined) return refuse('unknown_channel', 'channel')
  const country = fields.country.trim()
  if (country !== '' && !countryCodes.has(country)) return refuse('unknown_country', 'country')
  return {
    txn_id: txnId,
    booked_at: money.bookedAt,
    amount: money.amount,
    currency: fields.currency.trim(),
    payer_account: payer.account,
    payer_id: payer.id,
    payer_name: fields.payer_name.trim(),
    payer_kind: payer.kind,
    payer_region: payer.region,
    payee_account: payee.account,
    payee_id: payee.id,
    payee_name: fields.payee_name.trim(),
    payee_kind: payee.kind,
    payee_region: payee.region,
    channel,
    country,
    remark: fields.remark.trim(),
    source_id: fields.source_id.trim() || defaultSource,
  }
}
