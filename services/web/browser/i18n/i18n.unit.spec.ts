import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { en } from './en.ts'
import { zh } from './zh.ts'

type Dictionary = { readonly [key: string]: string | Dictionary }

function keysOf(dictionary: Dictionary, prefix = ''): readonly (readonly [string, string])[] {
  return Object.entries(dictionary).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as const] : keysOf(value, `${prefix}${key}.`),
  )
}

const placeholders = (text: string): readonly string[] => (text.match(/\{\{\w+\}\}/g) ?? []).toSorted()

async function usedKeys(): Promise<ReadonlySet<string>> {
  const root = fileURLToPath(new URL('../', import.meta.url))
  const names = await readdir(root, { recursive: true })
  const texts = await Promise.all(
    names.filter((name) => name.endsWith('.tsx')).map((name) => readFile(join(root, name), 'utf8')),
  )
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/\bt\('([\w.]+)'/g)].map((match) => match[1] ?? '')),
  )
}

describe('the two languages', () => {
  it('have the same keys', () => {
    expect(keysOf(en).map(([key]) => key)).toEqual(keysOf(zh).map(([key]) => key))
  })

  it('fill the same blanks', () => {
    const english = new Map(keysOf(en))
    for (const [key, text] of keysOf(zh))
      expect([key, placeholders(english.get(key) ?? '')]).toEqual([key, placeholders(text)])
  })

  it('know every key that a screen uses', async () => {
    const known = new Set(keysOf(zh).map(([key]) => key))
    const used = await usedKeys()
    expect(used.size).toBeGreaterThan(50)
    expect([...used].filter((key) => !known.has(key))).toEqual([])
  })

  it('leave nothing in Chinese in English, but the name of the other language and what a person may type', () => {
    const allowed = new Set(['app.language', 'form.amountHint'])
    const chinese = keysOf(en).filter(([key, text]) => /\p{Script=Han}/u.test(text) && !allowed.has(key))
    expect(chinese).toEqual([])
  })
})
