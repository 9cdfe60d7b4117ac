import { RecentCache } from '../../platform/identity/cache.ts'
import type { ClearIdentity, IdentityVault } from '../../platform/identity/port.ts'
import type { Transaction } from '../../../schemas/types.ts'
import { scrubbed } from './scrub.ts'
import type { ClearTransaction } from './transaction.ts'

/** A buffer, because Avro encodes no other bytes. */
const nothing: Uint8Array = Buffer.alloc(0)
/** Shorter numbers inside an identifier are taken for coincidence. */
const shortestNumber = 6

/** A source may build its transaction ids from account numbers; those become pseudonyms, so that the id stays unique. */
function withoutNumbers(txnId: string, clear: ClearTransaction, vault: IdentityVault): string {
  let id = txnId
  const replace = (kind: 'account' | 'id', number: string): void => {
    if (number.length >= shortestNumber && id.includes(number))
      id = id.replaceAll(number, vault.pseudonym(kind, number))
  }
  replace('account', clear.payer_account)
  replace('account', clear.payee_account)
  replace('id', clear.payer_id)
  replace('id', clear.payee_id)
  return id
}

function secretsOf(clear: ClearTransaction): readonly string[] {
  return [
    ...[clear.payer_name, clear.payee_name],
    ...[clear.payer_account, clear.payer_id, clear.payee_account, clear.payee_id],
  ]
}

/** One side of a payment as it may leave ingestion. */
interface Protected {
  readonly account: string
  readonly id: string
  readonly identity: Uint8Array
}

function protect({ account, id, name }: ClearIdentity, vault: IdentityVault): Protected {
  return {
    account: vault.pseudonym('account', account),
    id: vault.pseudonym('id', id),
    identity: vault.seal({ account, id, name }),
  }
}

function assemble(clear: ClearTransaction, txnId: string, payer: Protected, payee: Protected): Transaction {
  return {
    txn_id: txnId,
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

/** Parties remembered with their pseudonyms and seal, per half of the cache: the same ones recur. */
const rememberedParties = 16_384

/**
 * Builds the function that makes a transaction fit to leave ingestion (G10): accounts and ids as pseudonyms, identities sealed, the
 * remark without numbers and names. Deterministic for one vault, so a replay gives the same bytes.
 */
export function canonicaliser(vault: IdentityVault): (clear: ClearTransaction) => Transaction {
  const parties = new RecentCache<Protected>(rememberedParties)
  // Lengths in front keep the parts apart whatever they hold; joining makes a string of its own, so that no chunk of a file is kept alive.
  const known = (account: string, id: string, name: string): Protected =>
    parties.get(`${account.length}:${id.length}:${account}${id}${name}`, () =>
      protect({ account, id, name }, vault),
    )
  return (clear) =>
    assemble(
      clear,
      withoutNumbers(clear.txn_id, clear, vault),
      known(clear.payer_account, clear.payer_id, clear.payer_name),
      known(clear.payee_account, clear.payee_id, clear.payee_name),
    )
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
