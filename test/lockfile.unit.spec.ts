import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { complete } from '../scripts/complete-lockfile.ts'

interface Lockfile {
  readonly packages: Record<
    string,
    { version?: string; resolved?: string; hasInstallScript?: boolean; [key: string]: unknown }
  >
}

const text = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')
const lock = (): Lockfile => JSON.parse(text) as Lockfile
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>

describe('the lockfile', () => {
  it('lacks no platform package, so that `npm ci` accepts it everywhere', () => {
    expect(complete(lock())).toEqual([])
  })

  it('names no registry, so that everyone installs from their own', () => {
    const named = Object.values(lock().packages).filter(({ resolved }) => resolved !== undefined)
    expect(named).toEqual([])
  })
})

it.each(['dependencies', 'devDependencies', 'optionalDependencies'])('%s are exact versions', (group) => {
  for (const version of Object.values(manifest[group] as Record<string, string>)) {
    expect(version).toMatch(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/)
  }
})

describe('completing a lockfile', () => {
  const wanted = { 'tool-linux-arm64-musl': '1.2.3', 'tool-darwin-x64': '1.2.3', 'tool-plain': '1.0.0' }
  const small = (): Lockfile => ({
    packages: {
      'node_modules/tool': { version: '1.2.3', dev: true, optionalDependencies: wanted },
      'node_modules/tool-darwin-x64': { version: '1.2.3', os: ['darwin'], cpu: ['x64'] },
    },
  })

  it('adds what is missing with version and platform, and nothing whose platform the name does not say', () => {
    const file = small()
    expect(complete(file)).toEqual(['tool-linux-arm64-musl'])
    expect(file.packages['node_modules/tool-linux-arm64-musl']).toEqual({
      version: '1.2.3',
      os: ['linux'],
      cpu: ['arm64'],
      dev: true,
      optional: true,
    })
    expect(complete(file)).toEqual([])
  })

  it('puts a second version where only its own package finds it', () => {
    const file = small()
    file.packages['node_modules/other'] = { version: '9.0.0' }
    file.packages['node_modules/other/node_modules/tool'] = {
      version: '2.0.0',
      optionalDependencies: { 'tool-darwin-x64': '2.0.0' },
    }
    expect(complete(file)).toContain('tool-darwin-x64')
    expect(file.packages['node_modules/tool-darwin-x64']?.version).toBe('1.2.3')
    expect(file.packages['node_modules/other/node_modules/tool/node_modules/tool-darwin-x64']?.version).toBe(
      '2.0.0',
    )
  })
})
