import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lockDirectory } from './directory-lock.ts'
import { isUniqueViolation, sqlState } from './errors.ts'
import { pgliteVersion, readSeed } from './seed.ts'
import { parseBytes, parseInteger } from './types.ts'

describe('the seed', () => {
  it('belongs to the PGlite that is installed; after an upgrade run node services/platform/store/seed.ts', () => {
    expect(readSeed()?.size ?? `no seed for ${pgliteVersion()}`).toBeGreaterThan(1_000_000)
  })
})

describe('the lock of a directory', () => {
  it('is taken once, given back once, and taken again', () => {
    const directory = mkdtempSync(join(tmpdir(), 'weir-lock-'))
    const first = lockDirectory(directory)
    expect(() => lockDirectory(directory)).toThrow(`process ${process.pid}`)
    first.release()
    first.release()
    const second = lockDirectory(directory)
    expect(() => lockDirectory(directory)).toThrow('is in use')
    second.release()
    rmSync(directory, { recursive: true })
  })
})

describe('reading values', () => {
  it('an integer is read exactly or not at all', () => {
    expect(parseInteger('-9007199254740991')).toBe(Number.MIN_SAFE_INTEGER)
    expect(() => parseInteger('9007199254740992')).toThrow('beyond 2^53')
  })

  it('bytes are read from the hex form', () => {
    expect(parseBytes('\\x00ff')).toEqual(new Uint8Array([0, 255]))
  })

  it('only errors of statements have an SQL state', () => {
    const system = Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
    expect([sqlState(system), sqlState('23505'), isUniqueViolation(system)]).toEqual([
      undefined,
      undefined,
      false,
    ])
  })
})
