import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { IdentityError } from './error.ts'

/** A key that seals identities; its id stands in front of everything it sealed. */
export interface SealingKey {
  /** 1–32 characters of `A–Z a–z 0–9 . _ -`. */
  readonly id: string
  /** 32 bytes. */
  readonly secret: Uint8Array
}

/** All keys of a vault. */
export interface IdentityKeys {
  /** 32 bytes. Never rotated: another key would give every subject another name, and its history would end. */
  readonly pseudonymKey: Uint8Array
  /** Newest first: the first seals, all open. */
  readonly sealingKeys: readonly SealingKey[]
}

/** Keys as configuration and key files hold them: base64 of 32 bytes each. */
export interface IdentityKeysConfig {
  readonly pseudonym_key: string
  /** Newest first. */
  readonly sealing_keys: readonly { readonly id: string; readonly secret: string }[]
}

const keyBytes = 32

function secretOf(name: string, base64: string): Uint8Array {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length !== keyBytes) {
    throw new IdentityError(
      'invalid_key',
      `${name} must be ${keyBytes} bytes in base64, got ${bytes.length} bytes`,
    )
  }
  return bytes
}

/**
 * Reads keys from configuration.
 * @throws IdentityError `invalid_key` for a wrong length, a bad or doubled id, or no sealing key
 */
export function keysFromConfig(config: IdentityKeysConfig): IdentityKeys {
  const ids = config.sealing_keys.map((key) => key.id)
  const bad = ids.find((id) => !/^[A-Za-z0-9._-]{1,32}$/.test(id))
  if (bad !== undefined)
    throw new IdentityError('invalid_key', 'a sealing key id must be 1–32 characters of A–Z a–z 0–9 . _ -')
  if (ids.length === 0) throw new IdentityError('invalid_key', 'at least one sealing key is needed')
  if (new Set(ids).size !== ids.length)
    throw new IdentityError('invalid_key', 'two sealing keys have the same id')
  return {
    pseudonymKey: secretOf('pseudonym_key', config.pseudonym_key),
    sealingKeys: config.sealing_keys.map(({ id, secret }) => ({
      id,
      secret: secretOf(`sealing key ${id}`, secret),
    })),
  }
}

function freshSecret(): string {
  return randomBytes(keyBytes).toString('base64')
}

async function readKeys(file: string): Promise<IdentityKeys | undefined> {
  let text: string
  try {
    const { mode } = await stat(file)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new IdentityError('key_file', `${file} can be read by others. Run: chmod 600 ${file}`)
    }
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return keysFromConfig(JSON.parse(text) as IdentityKeysConfig)
  } catch (cause) {
    if (cause instanceof IdentityError && cause.code === 'invalid_key') throw cause
    throw new IdentityError('key_file', `${file} is not a key file of this version`, { cause })
  }
}

/**
 * Keys for a demo or a single machine: read from `file`, or made at random and written there (mode 0600).
 * Two processes starting at once end up with the same keys.
 * @throws IdentityError `key_file` when the file is open to others or not a key file
 */
export async function loadOrCreateDemoKeys(file: string): Promise<IdentityKeys> {
  const existing = await readKeys(file)
  if (existing !== undefined) return existing
  const config: IdentityKeysConfig = {
    pseudonym_key: freshSecret(),
    sealing_keys: [{ id: 'demo-1', secret: freshSecret() }],
  }
  await mkdir(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  await writeFile(draft, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    // A hard link never replaces: whoever comes second reads the keys of the first.
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
  const written = await readKeys(file)
  if (written === undefined)
    throw new IdentityError('key_file', `${file} vanished while it was being written`)
  return written
}
