/**
 * Pseudonyms and sealed identities (G10). Clear account numbers, ids and names exist only before `ingest` and behind `open`.
 */

/** What is known of one side of a transaction, in the clear. Empty strings where the source said nothing. */
export interface ClearIdentity {
  readonly account: string
  readonly id: string
  readonly name: string
}

/** Makes pseudonyms, seals identities and opens them again; holds the keys. */
export interface IdentityVault {
  /** HMAC-SHA-256 of the normalised value under the pseudonym key, domain-separated by kind; `''` stays `''`. Deterministic. E.g. `a_…` / `p_…`, base64url, 22 characters after the prefix. */
  pseudonym(kind: 'account' | 'id', clear: string): string
  /** AES-256-GCM under the identity key; the key id is in front. Deterministic for equal input (synthetic IV), so that replays give the same bytes. */
  seal(identity: ClearIdentity): Uint8Array
  /** @throws IdentityError when the key is unknown or the bytes were changed */
  open(sealed: Uint8Array): ClearIdentity
  /** Seals any bytes, e.g. the raw row behind a dead letter. Deterministic, like `seal`; the two cannot be mistaken for each other. */
  sealBytes(plain: Uint8Array): Uint8Array
  /** @throws IdentityError when the key is unknown or the bytes were changed */
  openBytes(sealed: Uint8Array): Uint8Array
}
