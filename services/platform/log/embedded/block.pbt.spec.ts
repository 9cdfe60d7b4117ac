import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checked } from '../../../../test/support/seed.ts'
import type { LogRecord } from '../port.ts'
import { decodeBlock, encodeBlock } from './block.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 200 })

const content = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 0, max: 500 }),
      key: text,
      value: fc.option(fc.uint8Array({ maxLength: 400 })),
      headers: fc.dictionary(fc.stringMatching(/^[a-z_][a-z0-9_-]{0,12}$/), text, {
        maxKeys: 8,
        noNullPrototype: true,
      }),
      timestamp: fc.integer({ min: 0, max: 8_640_000_000_000_000 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .chain((items) =>
    fc.integer({ min: 0, max: 2 ** 45 }).map((base) => {
      let offset = base
      const records = items.map(({ gap, ...rest }, index): LogRecord => {
        offset += index === 0 ? 0 : gap + 1
        return { offset, ...rest }
      })
      return { base, records }
    }),
  )

test('a block gives back exactly the records that were put in, also from the middle on', async () => {
  await checked(
    fc.property(content, fc.nat(), ({ base, records }, at) => {
      const bytes = encodeBlock(base, records)
      const plain = (list: readonly LogRecord[]): unknown =>
        list.map(({ value, ...rest }) => ({ ...rest, value: value && [...value] }))
      expect(plain(decodeBlock(base, bytes))).toEqual(plain(records))
      const from = records[at % records.length]?.offset ?? 0
      expect(plain(decodeBlock(base, bytes, from))).toEqual(
        plain(records.filter(({ offset }) => offset >= from)),
      )
    }),
  )
})

test('a block with any bit flipped is refused', async () => {
  await checked(
    fc.property(content, fc.nat(), ({ base, records }, at) => {
      const bytes = encodeBlock(base, records)
      const bit = at % (bytes.length * 8)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => decodeBlock(base, bytes)).toThrow('damaged')
    }),
  )
})
