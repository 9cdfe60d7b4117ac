/** The vault could not do what it was asked. Messages name key ids, never keys or clear values. */
export class IdentityError extends Error {
  /**
   * `unknown_key`: sealed under a key that is not configured; `tampered`: the bytes do not verify;
   * `not_sealed`: not a sealed value at all; `invalid_key`: a configured key is unusable; `key_file`: the key file cannot be used.
   */
  readonly code: 'unknown_key' | 'tampered' | 'not_sealed' | 'invalid_key' | 'key_file'
  constructor(code: IdentityError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'IdentityError'
    this.code = code
  }
}
