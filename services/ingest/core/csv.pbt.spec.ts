import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checked } from '../../../test/support/seed.ts'
import { CsvCutter } from './csv.ts'
import type { CutRecord } from './read-result.ts'

const limits = { recordCharacters: 1000, recordLines: 50 }
const columns = 6

function written(rows: readonly (readonly string[])[]): string {
  const field = (value: string): string => (/["\n,]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)
  return rows.map((row) => `${row.map(field).join(',')}\n`).join('')
}

/** Hands the lines over in pieces, as chunks of a file would. */
function cutInPieces(lines: readonly string[], borders: readonly number[]): readonly CutRecord[] {
  const cutter = new CsvCutter(columns, limits)
  const cuts = [...new Set(borders.map((border) => border % (lines.length + 1)))].toSorted((a, b) => a - b)
  const records: CutRecord[] = []
  let from = 0
  for (const to of [...cuts, lines.length]) {
    records.push(...cutter.push(lines.slice(from, to), from + 1, to === lines.length && to !== cuts.at(-1)))
    from = to
  }
  if (cuts.at(-1) === lines.length) records.push(...cutter.push([], lines.length + 1, true))
  return records
}

const value = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom('"', '""', 'a"b', 'x,y', 'two\nlines', '\n', '测试'),
)
const safe = value.map((text) => text.replaceAll('\r', ''))
const row = fc.tuple(safe, safe, safe, safe, safe, safe).filter((fields) => fields.join('') !== '')
const borders = fc.array(fc.nat(), { maxLength: 6 })

test('What was written is read, wherever the pieces end', async () => {
  await checked(
    fc.property(fc.array(row, { maxLength: 20 }), borders, (rows, cuts) => {
      const lines = written(rows).split('\n').slice(0, -1)
      const read = cutInPieces(lines, cuts).map(({ content }) =>
        'fields' in content ? content.fields : content,
      )
      expect(read).toEqual(rows)
    }),
    500,
  )
})

test('Any text at all gives the same records wherever the pieces end, and loses no line', async () => {
  const line = fc
    .array(fc.constantFrom('a', '"', ',', '""', 'b'), { maxLength: 8 })
    .map((parts) => parts.join(''))
  await checked(
    fc.property(fc.array(line, { maxLength: 30 }), borders, (lines, cuts) => {
      const whole = cutInPieces(lines, [])
      expect(cutInPieces(lines, cuts)).toEqual(whole)
      expect(
        whole
          .map(({ text }) => text)
          .join('\n')
          .replaceAll(/\n+/g, '\n'),
      ).toBe(lines.filter((text) => text !== '').join('\n'))
    }),
    500,
  )
})

test('A file without faults reads as csv-parse alone reads it', async () => {
  await checked(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
      const text = written(rows)
      const read = cutInPieces(text.split('\n').slice(0, -1), [])
      expect(read.map(({ content }) => ('fields' in content ? content.fields : content))).toEqual(parse(text))
    }),
  )
})
