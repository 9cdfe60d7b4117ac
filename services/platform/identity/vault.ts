import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { RecentCache } from './cache.ts'
import { IdentityError } from './error.ts'
import type { IdentityKeys, SealingKey } from './keys.ts'
import { normaliseNumber } from './normalise.ts'
import type { ClearIdentity, IdentityVault } from './port.ts'

/*
 * A sealed value: version 1 | length of key id | key id | 12 bytes IV | ciphertext | 16 bytes tag.
 * Everything before the IV and the domain is authenticated too. The IV is the head of an HMAC over domain and plaintext,
 * so equal input gives equal bytes (replays) and different input does not share an IV in practice (2^48 values until even odds).
 */
const version = 1
const ivLength = 12
const tagLength = 16
const pseudonymBytes = 16

interface OpenedKey {
  readonly header: Buffer
  readonly encryption: KeyObject
  readonly synthesis: KeyObject
}

type Domain = 'identity' | 'bytes'

/** As a key object: made from bytes anew for every use, a key costs five times the work it is needed for. */
function derive(secret: Uint8Array, use: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `weir.identity.v1.${use}`, 32)))
}

function openKey(key: SealingKey): OpenedKey {
  const id = Buffer.from(key.id)
  return {
    header: Buffer.concat([Buffer.from([version, id.length]), id]),
    encryption: derive(key.secret, 'encryption'),
    synthesis: derive(key.secret, 'iv'),
  }
}

function sealWith(key: OpenedKey, domain: Domain, plain: Uint8Array): Uint8Array {
  const iv = createHmac('sha256', key.synthesis)
    .update(domain)
    .update('\0')
    .update(plain)
    .digest()
    .subarray(0, ivLength)
  const cipher = createCipheriv('aes-256-gcm', key.encryption, iv)
  cipher.setAAD(Buffer.concat([key.header, Buffer.from(domain)]))
  return Buffer.concat([key.header, iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function openWith(keys: ReadonlyMap<string, OpenedKey>, domain: Domain, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  const headerLength = 2 + (bytes[1] ?? 0)
  if (bytes[0] !== version || bytes.length < headerLength + ivLength + tagLength) {
    throw new IdentityError('not_sealed', 'the bytes are not a sealed value of this version')
  }
  const id = bytes.toString('latin1', 2, headerLength)
  const key = keys.get(id)
  if (key === undefined) {
    const shown = /^[A-Za-z0-9._-]{1,32}$/.test(id) ? id : '(unreadable)'
    throw new IdentityError(
      'unknown_key',
      `no key with id ${shown} is configured; add the retired key to the sealing keys`,
    )
  }
  const bodyStart = headerLength + ivLength
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.encryption, bytes.subarray(headerLength, bodyStart))
    decipher.setAAD(Buffer.concat([key.header, Buffer.from(domain)]))
    decipher.setAuthTag(bytes.subarray(bytes.length - tagLength))
    return Buffer.concat([
      decipher.update(bytes.subarray(bodyStart, bytes.length - tagLength)),
      decipher.final(),
    ])
  } catch (cause) {
    throw new IdentityError('tampered', `the value sealed under ${id} was changed or belongs elsewhere`, {
      cause,
    })
  }
}

function identityFrom(plain: Buffer): ClearIdentity {
  const [account = '', id = '', name = ''] = JSON.parse(plain.toString()) as readonly string[]
  return { account, id, name }
}

/**
 * The vault over one set of keys: the first sealing key seals, all of them open.
 * @param cacheSize how many recent pseudonyms and sealed identities are remembered, since the same parties recur
 * @throws IdentityError `invalid_key` without a sealing key
 */
export function createIdentityVault(keys: IdentityKeys, cacheSize = 32_768): IdentityVault {
  const opened = keys.sealingKeys.map((key): [string, OpenedKey] => [key.id, openKey(key)])
  const newest = opened[0]?.[1]
  if (newest === undefined) throw new IdentityError('invalid_key', 'at least one sealing key is needed')
  const byId = new Map(opened)
  const pseudonymKey = derive(keys.pseudonymKey, 'pseudonym')
  const pseudonyms = new RecentCache<string>(cacheSize)
  const seals = new RecentCache<Uint8Array>(cacheSize)

  function pseudonymOf(kind: 'account' | 'id', clear: string): string {
    const normal = normaliseNumber(clear)
    if (normal === '') return ''
    const digest = createHmac('sha256', pseudonymKey).update(`${kind}\0${normal}`).digest()
    return (kind === 'account' ? 'a_' : 'p_') + digest.toString('base64url', 0, pseudonymBytes)
  }

  return {
    pseudonym(kind, clear) {
      // The joined key is a string of its own: `clear` alone may be a slice that would keep a whole chunk of a file alive.
      return clear === '' ? '' : pseudonyms.get(kind + clear, () => pseudonymOf(kind, clear))
    },
    seal({ account, id, name }) {
      const plain = JSON.stringify([account, id, name])
      return seals.get(plain, () => sealWith(newest, 'identity', Buffer.from(plain)))
    },
    open(sealed) {
      return identityFrom(openWith(byId, 'identity', sealed))
    },
    sealBytes(plain) {
      return sealWith(newest, 'bytes', plain)
    },
    openBytes(sealed) {
      return openWith(byId, 'bytes', sealed)
    },
  }
}
