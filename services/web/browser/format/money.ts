/** Amounts: integers in minor units (分 for CNY) outside of what is shown and typed. */

/** Languages of the product. */
export type Language = 'zh' | 'en'

const minorPerUnit = 100

/** Exact, with thousands and two decimals: `1,234,567.00`. */
export function exactAmount(minor: number): string {
  const sign = minor < 0 ? '-' : ''
  const digits = String(Math.abs(minor)).padStart(3, '0')
  const whole = digits.slice(0, -2).replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
  return `${sign}${whole}.${digits.slice(-2)}`
}

/** Exact, with its currency: `1,234.00 元`, `CNY 1,234.00`. */
export function exactMoney(minor: number, currency: string, language: Language): string {
  if (language === 'en') return `${currency} ${exactAmount(minor)}`
  return currency === 'CNY' ? `${exactAmount(minor)} 元` : `${exactAmount(minor)} ${currency}`
}

/** Short, for reading: 万 and 亿 in Chinese, k and m in English. */
export function shortMoney(minor: number, currency: string, language: Language): string {
  const units = Math.abs(minor) / minorPerUnit
  const sign = minor < 0 ? '-' : ''
  if (language === 'en')
    return `${currency} ${sign}${inSteps(units, [
      [1e9, ' bn'],
      [1e6, ' m'],
      [1e3, ' k'],
    ])}`
  const text = inSteps(units, [
    [1e8, ' 亿'],
    [1e4, ' 万'],
  ])
  return `${sign}${text}${/[亿万]$/.test(text) ? '' : ' '}${currency === 'CNY' ? '元' : currency}`
}

function inSteps(value: number, steps: readonly (readonly [number, string])[]): string {
  const step = steps.find(([size]) => value >= size)
  if (step === undefined) return trimmed(value)
  return `${trimmed(value / step[0])}${step[1]}`
}

function trimmed(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 2 })
}

/** A count: 万 from ten thousand on in Chinese, thousands in English. */
export function count(value: number, language: Language): string {
  if (language === 'en' || value < 10_000) return value.toLocaleString('en-US')
  return inSteps(value, [
    [1e8, ' 亿'],
    [1e4, ' 万'],
  ])
}

/**
 * Reads what a person typed in units (`1,234.5`, `12 万`, `3亿`) as minor units.
 * @returns undefined when it is not an amount, has more than two decimals, or is too large to be exact
 */
export function parseAmount(text: string): number | undefined {
  const match = /^(\d+)(?:\.(\d+))?(万|亿)?$/.exec(text.replaceAll(/[,\uFF0C\s]/g, ''))
  if (match === null) return undefined
  const [, whole = '0', decimals = '', unit] = match
  const shift = 2 + (unit === '亿' ? 8 : unit === '万' ? 4 : 0)
  if (decimals.length > shift) return undefined
  const minor = Number(whole + decimals.padEnd(shift, '0'))
  return Number.isSafeInteger(minor) ? minor : undefined
}
