import { describe, expect, test } from 'vitest'
import { RecentCache } from './cache.ts'
import { IdentityError } from './error.ts'
import { keysFromConfig } from './keys.ts'
import type { IdentityKeys } from './keys.ts'
import { createIdentityVault } from './vault.ts'

const secret = (fill: number): string => Buffer.alloc(32, fill).toString('base64')
const keys = (...ids: readonly string[]): IdentityKeys =>
  keysFromConfig({
    pseudonym_key: secret(1),
    sealing_keys: ids.map((id) => ({ id, secret: secret(id.length + 10) })),
  })
const vault = createIdentityVault(keys('k1'))
const person = { account: '9990000012345678', id: '991004199013450017', name: '测试甲' }

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return error instanceof IdentityError ? error.code : String(error)
  }
  return 'nothing thrown'
}

describe('Pseudonyms', () => {
  test.each([
    ['９９９０００００１２３４５６７８', 'full-width digits'],
    ['9990 0000 1234 5678', 'blanks'],
    ['9990-0000-1234-5678', 'dashes'],
    ['9990–0000—1234‑5678', 'other dashes'],
    ['\u30009990000012345678\u00a0', 'wide and fixed blanks'],
  ])('%s is the same account (%s)', (spelling) => {
    expect(vault.pseudonym('account', spelling)).toBe(vault.pseudonym('account', '9990000012345678'))
  })

  test('letters count without case', () => {
    expect(vault.pseudonym('account', 'gb29 nwbk 6016')).toBe(vault.pseudonym('account', 'GB29NWBK6016'))
  })

  test('an account and an id of the same number have different pseudonyms of a fixed form', () => {
    expect(vault.pseudonym('account', '123')).toMatch(/^a_[\w-]{22}$/)
    expect(vault.pseudonym('id', '123')).toMatch(/^p_[\w-]{22}$/)
    expect(vault.pseudonym('id', '123').slice(2)).not.toBe(vault.pseudonym('account', '123').slice(2))
  })

  test('nothing stays nothing', () => {
    expect(vault.pseudonym('id', '')).toBe('')
    expect(vault.pseudonym('account', ' - ')).toBe('')
  })

  test('they depend on the pseudonym key alone, so rotation keeps them', () => {
    const rotated = createIdentityVault(keys('newer', 'k1'))
    expect(rotated.pseudonym('id', person.id)).toBe(vault.pseudonym('id', person.id))
    const other = createIdentityVault({ ...keys('k1'), pseudonymKey: Buffer.alloc(32, 2) })
    expect(other.pseudonym('id', person.id)).not.toBe(vault.pseudonym('id', person.id))
  })
})

describe('Sealed identities', () => {
  test('open again, hide the clear text and are the same bytes each time', () => {
    const sealed = vault.seal(person)
    expect(vault.open(sealed)).toEqual(person)
    expect(Buffer.from(sealed).includes(person.account)).toBe(false)
    expect(createIdentityVault(keys('k1')).seal(person)).toEqual(sealed)
  })

  test('what an older key sealed opens after rotation; the newest seals', () => {
    const rotated = createIdentityVault(keys('newer', 'k1'))
    expect(rotated.open(vault.seal(person))).toEqual(person)
    expect(codeOf(() => vault.open(rotated.seal(person)))).toBe('unknown_key')
  })

  test('any changed byte is found', () => {
    const sealed = vault.seal(person)
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Uint8Array.from(sealed)
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(codeOf(() => vault.open(changed))).toMatch(/^(tampered|unknown_key|not_sealed)$/)
    }
    expect(codeOf(() => vault.open(sealed.subarray(0, 10)))).toBe('not_sealed')
    expect(codeOf(() => vault.open(new Uint8Array()))).toBe('not_sealed')
  })

  test('sealed bytes are no identity and the other way round', () => {
    const raw = Buffer.from('["a","b","c"]')
    expect(Buffer.from(vault.openBytes(vault.sealBytes(raw)))).toEqual(raw)
    expect(codeOf(() => vault.open(vault.sealBytes(raw)))).toBe('tampered')
    expect(codeOf(() => vault.openBytes(vault.seal(person)))).toBe('tampered')
  })
})

describe('Keys from configuration', () => {
  test.each([
    ['a short key', { pseudonym_key: 'AAAA', sealing_keys: [{ id: 'a', secret: secret(1) }] }],
    ['a short sealing key', { pseudonym_key: secret(1), sealing_keys: [{ id: 'a', secret: '' }] }],
    ['no sealing key', { pseudonym_key: secret(1), sealing_keys: [] }],
    [
      'a doubled id',
      { pseudonym_key: secret(1), sealing_keys: [1, 2].map((n) => ({ id: 'a', secret: secret(n) })) },
    ],
    ['an odd id', { pseudonym_key: secret(1), sealing_keys: [{ id: 'a b', secret: secret(1) }] }],
  ])('%s is refused', (_, config) => {
    expect(codeOf(() => keysFromConfig(config))).toBe('invalid_key')
  })
})

test('The cache forgets what was not used lately and never holds more than two halves', () => {
  const cache = new RecentCache<number>(2)
  let computed = 0
  const get = (key: string): number => cache.get(key, () => (computed += 1))
  expect([get('a'), get('b'), get('a')]).toEqual([1, 2, 1])
  get('c')
  expect(get('a')).toBe(1)
  get('d')
  get('e')
  get('f')
  expect(get('b')).toBeGreaterThan(2)
})
