/** How column values become JavaScript values: one table for both databases (port.ts promises it). */
import { StoreError } from './port.ts'

/** PostgreSQL type oids whose default reading differs between the drivers. */
const oid = { bytea: 17, int8: 20, date: 1082, int8Array: 1016, dateArray: 1182, numericArray: 1231 } as const

/** int8 as a safe integer. @throws StoreError `number_too_large` beyond 2^53 */
export function parseInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) {
    throw new StoreError(
      'number_too_large',
      `The int8 value ${text} is beyond 2^53 and would be rounded; read it as text (column::text).`,
    )
  }
  return value
}

/** bytea in hex form, as a Uint8Array of its own. */
export function parseBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2), 'hex'))
}

/** A flat array of values without quotes or commas in them: numbers and dates. */
function parseArray<T>(text: string, element: (text: string) => T): (T | null)[] {
  const inner = text.slice(1, -1)
  return inner === '' ? [] : inner.split(',').map((item) => (item === 'NULL' ? null : element(item)))
}

const asIs = (text: string): string => text

/** Readers by type oid; every other type is read alike by both drivers already. */
export const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  [oid.bytea]: parseBytes,
  [oid.int8]: parseInteger,
  [oid.date]: asIs,
  [oid.int8Array]: (text) => parseArray(text, parseInteger),
  [oid.dateArray]: (text) => parseArray(text, asIs),
  [oid.numericArray]: (text) => parseArray(text, asIs),
}

/** Writer of bytea parameters for PGlite, whose own goes byte by byte. */
export const serializers: Readonly<Record<number, (value: Uint8Array) => string>> = {
  [oid.bytea]: (value) =>
    `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`,
}
