import { asRfc3339 } from '../booked-at.ts'
import type { RecordRefusal } from '../reasons.ts'
import type { TransactionFields } from '../../../../schemas/transaction-csv.ts'
import { find, textAt, textsOf } from './element.ts'
import type { Element } from './element.ts'
import type { MessageType } from './message.ts'
import { farCountry, readParty, sideFields } from './party.ts'
import type { Party } from './party.ts'

/** What surrounds one transfer. */
export interface TransferContext {
  readonly type: MessageType
  /** The element under `Document`; its `GrpHdr` has been read. */
  readonly message: Element
  /** pain.001: the `PmtInf` around the transfer, its own fields read. */
  readonly payment: Element | undefined
  /** 1-based among the transfers of this message. */
  readonly ordinal: number
}

/** Joins the references that say something. `NOTPROVIDED` is how ISO 20022 says nothing. */
function joined(...references: readonly string[]): string {
  return references.filter((reference) => reference !== '' && reference !== 'NOTPROVIDED').join('/')
}

/** Unique at the source: the end-to-end UETR, else what the bank assigned, else the place in the message. */
function identifierOf(unit: Element, context: TransferContext): string {
  const uetr = textAt(unit, 'PmtId/UETR').toLowerCase()
  // A cover payment carries the UETR of the payment it covers, but other money between other parties.
  const cover = find(unit, 'UndrlygCstmrCdtTrf') === undefined ? '' : 'cover'
  if (uetr !== '') return joined(cover, uetr)
  const txId = textAt(unit, 'PmtId/TxId')
  if (txId !== '') return joined(cover, txId)
  const message = textAt(context.message, 'GrpHdr/MsgId')
  if (message === '') return ''
  const payment = textAt(context.payment, 'PmtInfId')
  return joined(
    message,
    payment,
    textAt(unit, 'PmtId/InstrId'),
    textAt(unit, 'PmtId/EndToEndId'),
    String(context.ordinal),
  )
}

/** Settlement with its time, else acceptance, else the settlement or execution day, else when the message was made. */
function timeOf(unit: Element, { message, payment }: TransferContext): string {
  const exact = textAt(unit, 'SttlmTmIndctn/CdtDtTm', 'SttlmTmIndctn/DbtDtTm', 'AccptncDtTm')
  const settled = textAt(unit, 'IntrBkSttlmDt') || textAt(message, 'GrpHdr/IntrBkSttlmDt')
  const requested = textAt(payment, 'ReqdExctnDt/DtTm', 'ReqdExctnDt/Dt', 'ReqdExctnDt')
  return asRfc3339(exact || settled || requested || textAt(message, 'GrpHdr/CreDtTm'))
}

function amountOf(unit: Element): Element | undefined {
  const amount = find(unit, 'Amt')
  return find(unit, 'IntrBkSttlmAmt') ?? find(amount, 'InstdAmt') ?? find(amount, 'EqvtAmt/Amt')
}

/** The bank that instructed the payment; for an initiation the debtor's bank. */
function sourceOf(unit: Element, { message, payment }: TransferContext): string {
  const instructing = find(unit, 'InstgAgt') ?? find(message, 'GrpHdr/InstgAgt') ?? find(payment, 'DbtrAgt')
  return textAt(instructing, 'FinInstnId/BICFI', 'FinInstnId/BIC')
}

function fieldsOf(unit: Element, context: TransferContext, payer: Party, payee: Party): TransactionFields {
  const amount = amountOf(unit)
  const isCheque = textAt(context.payment, 'PmtMtd') === 'CHK'
  return {
    txn_id: identifierOf(unit, context),
    booked_at: timeOf(unit, context),
    amount: amount?.text.trim() ?? '',
    currency: amount?.attributes['Ccy'] ?? '',
    ...sideFields(payer, payee),
    channel: isCheque ? 'unknown' : 'transfer',
    country: farCountry(payee.country, payer.country),
    remark: textsOf(find(unit, 'RmtInf'), 'Ustrd').join(' '),
    source_id: sourceOf(unit, context),
  }
}

/** Maps one `CdtTrfTxInf` of pacs.008, pacs.009 or pain.001. In pain.001 the debtor stands in the `PmtInf` around it. */
export function transferFields(unit: Element, context: TransferContext): TransactionFields | RecordRefusal {
  const debtor = context.payment ?? unit
  const payer = readParty(
    { party: find(debtor, 'Dbtr'), account: find(debtor, 'DbtrAcct'), agent: find(debtor, 'DbtrAgt') },
    'payer',
  )
  if ('reason' in payer) return payer
  const payee = readParty(
    { party: find(unit, 'Cdtr'), account: find(unit, 'CdtrAcct'), agent: find(unit, 'CdtrAgt') },
    'payee',
  )
  if ('reason' in payee) return payee
  return fieldsOf(unit, context, payer, payee)
}
