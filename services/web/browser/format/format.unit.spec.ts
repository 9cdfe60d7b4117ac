import { describe, expect, it } from 'vitest'
import { withoutBasis } from './headline.ts'
import { count, exactMoney, parseAmount, shortMoney } from './money.ts'
import { exactTime, relative, shortTime, shortWindow, span } from './time.ts'

describe('money', () => {
  it.each([
    [123_456_700, '123.46 万元', 'CNY 1.23 m'],
    [10_000_000_000, '1 亿元', 'CNY 100 m'],
    [999_999, '9,999.99 元', 'CNY 10 k'],
    [0, '0 元', 'CNY 0'],
    [-5_000_000, '-5 万元', 'CNY -50 k'],
  ])('%i minor units read %s and %s', (minor, zh, en) => {
    expect(shortMoney(minor, 'CNY', 'zh')).toBe(zh)
    expect(shortMoney(minor, 'CNY', 'en')).toBe(en)
  })

  it('is shown to the cent on request, also where a float could not hold it', () => {
    expect(exactMoney(900_719_925_474_099, 'CNY', 'zh')).toBe('9,007,199,254,740.99 元')
    expect(exactMoney(5, 'USD', 'en')).toBe('USD 0.05')
  })

  it.each([
    ['1,234.5', 123_450],
    ['12万', 12_000_000],
    ['1\uFF0C234', 123_400],
    ['1.5 亿', 15_000_000_000],
    ['0', 0],
    ['1.005', undefined],
    ['-3', undefined],
    ['abc', undefined],
    ['99999999999999999', undefined],
  ])('typed as %s is %s minor units', (text, minor) => {
    expect(parseAmount(text)).toBe(minor)
  })

  it('counts in 万 from ten thousand on', () => {
    expect(count(9_999, 'zh')).toBe('9,999')
    expect(count(123_456, 'zh')).toBe('12.35 万')
    expect(count(123_456, 'en')).toBe('123,456')
  })
})

describe('time', () => {
  const noon = Date.UTC(2026, 2, 14, 4, 0, 5)

  it('is the district’s, wherever the reader is', () => {
    expect(shortTime(noon, 'zh')).toBe('03-14 12:00')
    expect(shortTime(noon, 'en')).toBe('14 Mar, 12:00')
    expect(exactTime(noon)).toBe('2026-03-14 12:00:05 +08:00')
  })

  it('spans are told in two units at most', () => {
    expect(span(90 * 60_000, 'zh')).toBe('1 小时 30 分')
    expect(span(26 * 3_600_000, 'en')).toBe('1 d 2 h')
    expect(span(59_999, 'zh')).toBe('不到 1 分')
    expect(relative(noon, noon + 3_600_000, 'zh')).toBe('1 小时前')
    expect(relative(noon + 172_800_000, noon, 'en')).toBe('in 2 d')
  })

  it('shows a window, and what is no window as it is', () => {
    expect(shortWindow('2026-03-01T00:00:00+08:00/2026-03-14T12:00:00+08:00', 'zh')).toBe(
      '03-01 00:00 – 03-14 12:00',
    )
    expect(shortWindow('2025-03-01T00:00:00+08:00/2026-03-01T00:00:00+08:00', 'en')).toBe(
      '2025-03-01 – 2026-03-01',
    )
    expect(shortWindow('P30D', 'zh')).toBe('P30D')
  })
})

describe('a headline', () => {
  it.each([
    [
      '个人在12个月内汇入自然人数=30人,达到阈值30人(依据:浙江省条例 第十八条(30人);法释〔2022〕5号)',
      '个人在12个月内汇入自然人数=30人,达到阈值30人',
    ],
    ['汇入164人(依据:浙江省条例)。组合研判:疑似非法集资', '汇入164人。组合研判:疑似非法集资'],
    [
      'Paid CNY 5; the line is 3 (basis: PBOC, Art. 5 (3)). Together with: laundering.',
      'Paid CNY 5; the line is 3. Together with: laundering.',
    ],
    ['31 persons paid in', '31 persons paid in'],
  ])('leaves the law to the case page: %s', (sentence, headline) => {
    expect(withoutBasis(sentence)).toBe(headline)
  })
})
