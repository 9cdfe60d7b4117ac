/** What a log line may say. Messages name keys and pseudonyms; this is the net below for what slips through (G10). */

/** Keys whose values are never logged, whatever they hold. Compared without case, `-` and `_`. */
const forbidden = new Set(
  [
    'account',
    'authorization',
    'connection_string',
    'cookie',
    'identity',
    'identity_keys',
    'names',
    'password',
    'payee_account',
    'payee_id',
    'payee_identity',
    'payee_name',
    'payer_account',
    'payer_id',
    'payer_identity',
    'payer_name',
    'phone',
    'postgres_url',
    'pseudonym_key',
    'remark',
    'sealing_keys',
    'secret',
    'session_id',
    'set_cookie',
    'subject_identity',
    'token',
  ].map(plain),
)

const depthMax = 6
const itemsMax = 50

function plain(key: string): string {
  return key.toLowerCase().replaceAll(/[-_]/g, '')
}

/** Runs of digits as long as a card, account or identity number keep their last four. */
export function maskNumbers(text: string): string {
  return text.replaceAll(/(?<![\w.])\d{8,26}(\d{3}[\dXx])(?![\w.])/g, '[…$1]')
}

/** A copy that may be logged: forbidden keys redacted, bytes counted, identities and long numbers masked, depth and length bounded. */
export function loggable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskNumbers(value)
  if (typeof value !== 'object' || value === null) return value
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (depth >= depthMax) return '[deeper]'
  if (value instanceof Error) return loggableError(value, depth)
  if (value instanceof Date) return value
  if (!isPlain(value)) return `[${value.constructor.name}]`
  if (Array.isArray(value)) return value.slice(0, itemsMax).map((item) => loggable(item, depth + 1))
  if ('account' in value && 'name' in value) return '[identity]'
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      forbidden.has(plain(key)) ? '[redacted]' : loggable(inner, depth + 1),
    ]),
  )
}

/** Instances of classes (requests, sockets, keys) are not for the log: name what matters about them. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || Array.isArray(value)
}

/** Only what an error says of itself: database drivers hang whole rows and statements on theirs. */
function loggableError(error: Error, depth: number): unknown {
  const { code } = error as { readonly code?: unknown }
  const inner = error instanceof AggregateError ? { errors: loggable(error.errors, depth + 1) } : {}
  return {
    type: error.name,
    ...(code === undefined ? {} : { code: loggable(code, depth + 1) }),
    message: maskNumbers(error.message),
    stack: maskNumbers(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: loggable(error.cause, depth + 1) }),
    ...inner,
  }
}
