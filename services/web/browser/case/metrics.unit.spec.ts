import { describe, expect, it } from 'vitest'
import { boundsOf, readableNumber, unitOf } from './metrics.ts'

describe('values of a rule', () => {
  it.each([
    ['amount', '1234567.00', '1,234,567'],
    ['amount', '1234567.89', '1,234,567.89'],
    ['share', '0.875', '87.5%'],
    ['payers', '31', '31'],
    ['unheard_of', '1000', '1,000'],
    ['unheard_of', 'monthly', 'monthly'],
  ])('%s of %s reads %s', (metric, text, readable) => {
    expect(readableNumber(text, unitOf(metric))).toBe(readable)
  })

  it('thresholds have a lower end, an upper end, or both', () => {
    expect(boundsOf('30')).toEqual({ low: '30', high: '' })
    expect(boundsOf('..1.2')).toEqual({ low: '', high: '1.2' })
    expect(boundsOf('7..31')).toEqual({ low: '7', high: '31' })
  })
})
