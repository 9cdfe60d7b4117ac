import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'weir-lock-'))
  })
  afterEach(() => {
    rmSync(directory, { recursive: true })
  })

  it('is taken once, given back once, and taken again', () => {
    const first = lockDirectory(directory)
    expect(() => lockDirectory(directory)).toThrow(`process ${process.pid}`)
    first.release()
    first.release()
    const second = lockDirectory(directory)
    expect(() => lockDirectory(directory)).toThrow('is in use')
    second.release()
  })

  it('is taken over from a process that is gone, even if its pid is in use again', () => {
    const holder = { pid: process.pid, processStart: 'long ago', host: hostname(), released: false }
    writeFileSync(join(directory, 'weir-7.lock'), JSON.stringify(holder))
    const lock = lockDirectory(directory)
    expect(readdirSync(directory)).toEqual(['weir-8.lock'])
    lock.release()
  })

  it('is taken over when its file was cut off by a full disk or a power cut', () => {
    writeFileSync(join(directory, 'weir-1.lock'), '{"pid":')
    lockDirectory(directory).release()
    expect(readdirSync(directory)).toEqual(['weir-2.lock'])
  })

  it('is not taken over from another host, of whose processes nothing can be known', () => {
    const holder = { pid: 1, processStart: '1', host: 'elsewhere', released: false }
    writeFileSync(join(directory, 'weir-1.lock'), JSON.stringify(holder))
    expect(() => lockDirectory(directory)).toThrow('on host elsewhere')
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
