import { asRfc3339 } from '../booked-at.ts'
import type { RecordReason, RecordRefusal } from '../reasons.ts'
import type { TransactionFields } from '../../../../schemas/transaction-csv.ts'
import type { Channel } from '../../../../schemas/types.ts'
import { find, textAt, textsOf } from './element.ts'
import type { Element } from './element.ts'
import { farCountry, readParty, sideFields } from './party.ts'
import type { Party } from './party.ts'

/** What surrounds one booking of camt.052, camt.053 or camt.054. */
export interface EntryContext {
  /** The element under `Document`; its `GrpHdr` has been read. */
  readonly message: Element
  /** `Rpt`, `Stmt` or `Ntfctn`; its `Acct` has been read. */
  readonly statement: Element
  /** The `Ntry`; everything but its details has been read. */
  readonly entry: Element
  /** 1-based among the entries of the statement. */
  readonly entryOrdinal: number
  /** 1-based among the details of the entry. */
  readonly detailOrdinal: number
  /** Whether the entry has one detail only, whose amount is then the entry's. */
  readonly isOnlyDetail: boolean
}

const cashCodes = new Set(['CWDL', 'CDPT', 'XBCW', 'XBCD', 'BCDP', 'BCWD', 'CAWL', 'CAPL'])
const cardFamilies = new Set(['CCRD', 'MCRD'])
const transferFamilies = new Set(['ICDT', 'RCDT', 'IRCT', 'RRCT', 'IDDT', 'RDDT', 'ICCN', 'RCCN'])
const chargeCodes = new Set(['CHRG', 'FEES', 'COMM', 'COME', 'COMI', 'COMT', 'INTR', 'TAXE', 'ADJT'])
const returnCodes = new Set(['RRTN', 'PRRJ', 'UPCT', 'UPDD', 'RPCR', 'ARET'])

function refuse(reason: RecordReason, detail: string): RecordRefusal {
  return { reason, detail }
}

interface BankCode {
  readonly family: string
  readonly code: string
}

/** Bank transaction code of the detail, else of the entry. */
function bankCode(detail: Element | undefined, entry: Element): BankCode {
  const code = find(detail, 'BkTxCd/Domn/Fmly') ?? find(entry, 'BkTxCd/Domn/Fmly')
  return { family: textAt(code, 'Cd'), code: textAt(code, 'SubFmlyCd') }
}

function channelOf({ family, code }: BankCode): Channel {
  if (cashCodes.has(code) || family === 'CNTR') return 'cash'
  if (cardFamilies.has(family)) return 'card'
  return transferFamilies.has(family) ? 'transfer' : 'unknown'
}

/** Only what is booked and moves money anew is a transaction. */
function notAPayment(entry: Element, detail: Element | undefined): RecordRefusal | undefined {
  const status = textAt(entry, 'Sts/Cd', 'Sts/Prtry', 'Sts')
  if (status === 'PDNG' || status === 'INFO' || status === 'FUTR') return refuse('not_booked', 'Ntry/Sts')
  if (status !== 'BOOK') return refuse('unknown_status', 'Ntry/Sts')
  if (textAt(entry, 'RvslInd') === 'true' || textAt(entry, 'RvslInd') === '1')
    return refuse('reversal', 'Ntry/RvslInd')
  const isReturn = find(detail, 'RtrInf') !== undefined || returnCodes.has(bankCode(detail, entry).code)
  return isReturn ? refuse('returned_payment', 'RtrInf | BkTxCd') : undefined
}

/** Explains an entry without details: the other side is unknown, so it is no transaction. */
export function entryWithoutDetails(entry: Element): RecordRefusal {
  const other = notAPayment(entry, undefined)
  if (other !== undefined) return other
  if (chargeCodes.has(bankCode(undefined, entry).code)) return refuse('charge_or_interest', 'Ntry/BkTxCd')
  const count = Number(textAt(entry, 'NtryDtls/Btch/NbOfTxs'))
  return count > 1
    ? refuse('batch_without_details', 'Ntry/NtryDtls/Btch')
    : refuse('no_transaction_details', 'Ntry/NtryDtls')
}

/** Unique at the bank, and the same in intraday report, statement and notification wherever the bank gives a reference of its own. */
function identifierOf(
  detail: Element,
  { statement, entry, entryOrdinal, detailOrdinal }: EntryContext,
): string {
  const uetr = textAt(detail, 'Refs/UETR').toLowerCase()
  const own = uetr || textAt(detail, 'Refs/AcctSvcrRef', 'Refs/TxId')
  if (own !== '' && own !== 'NOTPROVIDED') return own
  const booking = textAt(entry, 'AcctSvcrRef')
  if (booking !== '') return `${booking}/${detailOrdinal}`
  const id = textAt(statement, 'Id')
  return id === '' ? '' : `${id}/${textAt(entry, 'NtryRef') || entryOrdinal}/${detailOrdinal}`
}

/** Booked with its time, else accepted or traded at, else the booking, settlement or value day, else when the statement or message was made. */
function timeOf(detail: Element, { message, statement, entry }: EntryContext): string {
  const dates = find(detail, 'RltdDts')
  const exact = textAt(entry, 'BookgDt/DtTm') || textAt(dates, 'AccptncDtTm', 'TradDt', 'TxDtTm')
  const day =
    textAt(entry, 'BookgDt/Dt') || textAt(dates, 'IntrBkSttlmDt') || textAt(entry, 'ValDt/DtTm', 'ValDt/Dt')
  return asRfc3339(exact || day || textAt(statement, 'CreDtTm') || textAt(message, 'GrpHdr/CreDtTm'))
}

function amountOf(detail: Element, { entry, isOnlyDetail }: EntryContext): Element | undefined {
  const own = find(detail, 'Amt') ?? find(detail, 'AmtDtls/TxAmt/Amt')
  return own ?? (isOnlyDetail ? find(entry, 'Amt') : undefined)
}

interface Sides {
  readonly payer: Party
  readonly payee: Party
  readonly far: Party
}

/** The account of the statement is one side by the direction of the booking; the other side stands in the details. */
function sidesOf(detail: Element, { statement, entry }: EntryContext): Sides | RecordRefusal {
  const direction = textAt(detail, 'CdtDbtInd') || textAt(entry, 'CdtDbtInd')
  if (direction !== 'CRDT' && direction !== 'DBIT') return refuse('missing_direction', 'CdtDbtInd')
  const isCredit = direction === 'CRDT'
  const account = find(statement, 'Acct')
  const own = readParty(
    { party: find(account, 'Ownr'), account, agent: find(account, 'Svcr') },
    isCredit ? 'payee' : 'payer',
  )
  if ('reason' in own) return own
  const role = isCredit ? 'Dbtr' : 'Cdtr'
  const parties = find(detail, 'RltdPties')
  const elements = {
    party: find(parties, role),
    account: find(parties, `${role}Acct`),
    agent: find(detail, `RltdAgts/${role}Agt`),
  }
  const far = readParty(elements, isCredit ? 'payer' : 'payee')
  if ('reason' in far) return far
  return isCredit ? { payer: far, payee: own, far } : { payer: own, payee: far, far }
}

/** Maps one `TxDtls`. */
export function detailFields(detail: Element, context: EntryContext): TransactionFields | RecordRefusal {
  const { entry } = context
  const other = notAPayment(entry, detail)
  if (other !== undefined) return other
  const sides = sidesOf(detail, context)
  if ('reason' in sides) return sides
  const { payer, payee, far } = sides
  const code = bankCode(detail, entry)
  if (far.account === '' && far.id === '' && chargeCodes.has(code.code))
    return refuse('charge_or_interest', 'BkTxCd')
  const amount = amountOf(detail, context)
  return {
    txn_id: identifierOf(detail, context),
    booked_at: timeOf(detail, context),
    amount: amount?.text.trim() ?? '',
    currency: amount?.attributes['Ccy'] ?? '',
    ...sideFields(payer, payee),
    channel: channelOf(code),
    country: farCountry(far.country),
    remark: textsOf(find(detail, 'RmtInf'), 'Ustrd').join(' ') || textAt(detail, 'AddtlTxInf'),
    source_id: textAt(context.statement, 'Acct/Svcr/FinInstnId/BICFI', 'Acct/Svcr/FinInstnId/BIC'),
  }
}
