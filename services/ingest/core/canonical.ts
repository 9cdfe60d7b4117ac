import type { ClearIdentity, IdentityVault } from '../../platform/identity/port.ts'
import type { Transaction } from '../../../schemas/types.ts'
import { scrubbed } from './scrub.ts'
import type { ClearTransaction } from './transaction.ts'

/** A buffer, because Avro encodes no other bytes. */
const nothing: Uint8Array = Buffer.alloc(0)
/** Shorter numbers inside an identifier are taken for coincidence. */
const shortestNumber = 6

/** A source may build its ids from account numbers; those become pseudonyms, so that the id stays unique. */
export function withoutNumbers(
  id: string,
  numbers: readonly (readonly ['account' | 'id', string])[],
  vault: IdentityVault,
): string {
  let clean = id
  for (const [kind, number] of numbers) {
    if (number.length >= shortestNumber && clean.includes(number))
      clean = clean.replaceAll(number, vault.pseudonym(kind, number))
  }
  return clean
}

function numbersOf(clear: ClearTransaction): readonly (readonly ['account' | 'id', string])[] {
  return [
    ['account', clear.payer_account],
    ['account', clear.payee_account],
    ['id', clear.payer_id],
    ['id', clear.payee_id],
  ]
}

function secretsOf(clear: ClearTransaction): readonly string[] {
  return [
    ...[clear.payer_name, clear.payee_name],
    ...[clear.payer_account, clear.payer_id, clear.payee_account, clear.payee_id],
  ]
}

/** One side of a payment as it may leave ingestion. */
export interface ProtectedParty {
  readonly account: string
  readonly id: string
  readonly identity: Uint8Array
}

/** Pseudonyms and seal of one side. */
export function protect({ account, id, name }: ClearIdentity, vault: IdentityVault): ProtectedParty {
  return {
    account: vault.pseudonym('account', account),
    id: vault.pseudonym('id', id),
    identity: vault.seal({ account, id, name }),
  }
}

/**
 * The transaction as it may leave ingestion (G10): accounts and ids as pseudonyms, identities sealed, the remark without numbers and
 * names. Deterministic for one vault, so a replay gives the same bytes.
 * @param protectParty `protect`, or one that remembers what it gave
 */
export function canonical(
  clear: ClearTransaction,
  vault: IdentityVault,
  protectParty: (party: ClearIdentity) => ProtectedParty = (party) => protect(party, vault),
): Transaction {
  const payer = protectParty({ account: clear.payer_account, id: clear.payer_id, name: clear.payer_name })
  const payee = protectParty({ account: clear.payee_account, id: clear.payee_id, name: clear.payee_name })
  return {
    txn_id: withoutNumbers(clear.txn_id, numbersOf(clear), vault),
    booked_at: clear.booked_at,
    amount: clear.amount,
    currency: clear.currency,
    payer_account: payer.account,
    payer_id: payer.id,
    payer_kind: clear.payer_kind,
    payer_region: clear.payer_region,
    payer_identity: payer.identity,
    payee_account: payee.account,
    payee_id: payee.id,
    payee_kind: clear.payee_kind,
    payee_region: clear.payee_region,
    payee_identity: payee.identity,
    channel: clear.channel,
    country: clear.country,
    remark: clear.remark === '' ? '' : scrubbed(clear.remark, secretsOf(clear)),
    source_id: clear.source_id,
  }
}

/**
 * The transaction for `replay`: ids and accounts as the source wrote them, no identities. Only for a file its user already holds;
 * never published.
 */
export function plainTransaction(clear: ClearTransaction): Transaction {
  const { payer_name: _payerName, payee_name: _payeeName, ...rest } = clear
  return { ...rest, payer_identity: nothing, payee_identity: nothing }
}

/** The subject on the payer's side, which is the key of the record: the id, else the account. */
export function payerSubject(transaction: Pick<Transaction, 'payer_id' | 'payer_account'>): string {
  return transaction.payer_id || transaction.payer_account
}
