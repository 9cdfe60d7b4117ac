import { describe, expect, it } from 'vitest'
import { boundsOf, readableNumber, wordsOf } from './metrics.ts'

describe('values of a rule', () => {
  it.each([
    ['R01', 'amount', '1234567.00', '1,234,567'],
    ['R01', 'amount', '1234567.89', '1,234,567.89'],
    ['R06', 'share', '0.875', '87.5%'],
    ['R07', 'turnover', '2000000.00', '2,000,000'],
    ['R09', 'turnover', '0.97', '97%'],
    ['R12', 'payers', '31', '31'],
    ['D01', 'unheard_of', '1000', '1,000'],
    ['D01', 'unheard_of', 'monthly', 'monthly'],
  ])('%s %s of %s reads %s', (ruleId, name, text, readable) => {
    expect(readableNumber(text, wordsOf(ruleId, name).unit)).toBe(readable)
  })

  it('are called as the rule calls them; those of a rule that is not shipped by their own name', () => {
    expect(wordsOf('R07', 'turnover')).toMatchObject({ zh: '30日内收支合计', unit: 'cny' })
    expect(wordsOf('R09', 'turnover')).toMatchObject({ zh: '流出流入比', unit: 'ratio' })
    expect(wordsOf('D01', 'unheard_of')).toMatchObject({ zh: 'unheard_of', unit: 'count' })
  })

  it('thresholds have a lower end, an upper end, or both', () => {
    expect(boundsOf('30')).toEqual({ low: '30', high: '' })
    expect(boundsOf('..1.2')).toEqual({ low: '', high: '1.2' })
    expect(boundsOf('7..31')).toEqual({ low: '7', high: '31' })
  })
})
