/** Name-based identifiers: the same name gives the same identifier, on every machine and in every run. */
import { hash } from 'node:crypto'

/** Namespace of every identifier Weir derives. Never changes: ids already given out depend on it. */
export const weirNamespace = '6f1d3c52-7b0e-5c1a-9a54-2f8f0c7d1e90'

const hex = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * UUID version 5 (RFC 9562 §5.5): SHA-1 of namespace and name, lower case.
 * @throws RangeError when the namespace is no lower-case UUID
 */
export function uuidV5(name: string, namespace: string = weirNamespace): string {
  const space = namespace === weirNamespace ? weirSpace : bytesOf(namespace)
  const digest = hash('sha1', Buffer.concat([space, Buffer.from(name, 'utf8')]), 'buffer')
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80
  const text = digest.toString('hex', 0, 16)
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
}

function bytesOf(namespace: string): Buffer {
  if (!hex.test(namespace)) throw new RangeError(`'${namespace}' is no lower-case UUID`)
  return Buffer.from(namespace.replaceAll('-', ''), 'hex')
}

const weirSpace = bytesOf(weirNamespace)
