import { describe, expect, it } from 'vitest'
import { allTopics } from '../topics/access.ts'
import { deadLetterTopics, offsetsNamed, placeNamed, rateNamed, topicsNamed } from './choose.ts'

const names = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name)

describe('the dead-letter topics that are meant', () => {
  it('are all of those that the log has, when none is named', () => {
    const made = allTopics(4).filter(({ purpose }) => purpose === 'dead_letters')
    expect(names(topicsNamed(undefined, 'weir')).toSorted()).toEqual(
      names(made.map(({ topic }) => topic)).toSorted(),
    )
  })

  it.each([
    ['named in full', 'county.public.warnings.v1.casework.dlq', ['public.warnings.v1.casework.dlq']],
    ['named without the prefix', 'warn.flows.v1.warn.dlq', ['warn.flows.v1.warn.dlq']],
    [
      'named by the topic their records come from',
      'ingest.transactions.v1',
      ['ingest.transactions.v1.ingest.dlq', 'ingest.transactions.v1.warn.dlq'],
    ],
  ])('are %s', (_, name, found) => {
    expect(names(topicsNamed(name, 'county'))).toEqual(found)
  })

  it('are refused when there is none of that name, and those there are are listed', () => {
    expect(() => topicsNamed('weir.warn.flows.v1.warn.dlq', 'county')).toThrow(
      /county\.warn\.flows\.v1\.warn\.dlq/,
    )
  })
})

describe('a place', () => {
  it('is a topic, a partition and an offset', () => {
    const place = placeNamed('weir.warn.flows.v1.warn.dlq/0/41', 'weir')
    expect(place).toMatchObject({ partition: 0, offset: 41, topic: { name: 'warn.flows.v1.warn.dlq' } })
    expect(deadLetterTopics).toContain(place?.topic)
  })

  it.each(['weir.warn.flows.v1.warn.dlq', 'a/b/c', 'a/1', '/0/1', 'a/0/-1'])('is not %s', (text) => {
    expect(placeNamed(text, 'weir')).toBeUndefined()
  })

  it('must be of one topic', () => {
    expect(() => placeNamed('ingest.transactions.v1/0/1', 'weir')).toThrow(/more than one/)
  })
})

describe('offsets', () => {
  it('are numbers and ranges', () => {
    expect(offsetsNamed('7')).toEqual([{ first: 7, last: 7 }])
    expect(offsetsNamed('1, 4-6,9')).toEqual([
      { first: 1, last: 1 },
      { first: 4, last: 6 },
      { first: 9, last: 9 },
    ])
  })

  it.each(['', 'a', '3-1', '1,,2', '-4', '1.5'])('are not "%s"', (text) => {
    expect(() => offsetsNamed(text)).toThrow(/no list of offsets/)
  })
})

describe('a rate', () => {
  it.each([
    ['20', 20],
    ['20/s', 20],
    ['0.5', 0.5],
  ])('of %s is so many per second', (text, rate) => {
    expect(rateNamed(text)).toBe(rate)
  })

  it.each(['0', '-1', 'fast', '', '20/min'])('is not "%s"', (text) => {
    expect(() => rateNamed(text)).toThrow(/is no rate/)
  })
})
