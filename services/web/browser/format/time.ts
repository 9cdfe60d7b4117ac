/** Times are milliseconds since 1970 and are shown in the district's zone, wherever the reader sits. */
import type { Language } from './money.ts'

const zone = 'Asia/Shanghai'
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const zhFormat = new Intl.DateTimeFormat('zh-CN', {
  timeZone: zone,
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})
const enFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: zone,
  day: '2-digit',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})
const exactFormat = new Intl.DateTimeFormat('sv-SE', {
  timeZone: zone,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

const dayFormat = new Intl.DateTimeFormat('sv-SE', {
  timeZone: zone,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
})

/** Day and minute: `03-14 09:30`, `14 Mar, 09:30`. */
export function shortTime(ms: number, language: Language): string {
  return language === 'en' ? enFormat.format(ms) : zhFormat.format(ms).replace('/', '-')
}

/** To the second, with zone: `2026-03-14 09:30:00 +08:00`. */
export function exactTime(ms: number): string {
  return `${exactFormat.format(ms)} +08:00`
}

/** The two largest units of a span: `3 天 4 小时`, `3 d 4 h`; below a minute `不到 1 分`, `< 1 min`. */
export function span(ms: number, language: Language): string {
  const words = language === 'en' ? { d: 'd', h: 'h', m: 'min' } : { d: '天', h: '小时', m: '分' }
  const size = Math.abs(ms)
  if (size < minute) return language === 'en' ? '< 1 min' : '不到 1 分'
  if (size >= day) return joined(size, day, words.d, hour, words.h)
  if (size >= hour) return joined(size, hour, words.h, minute, words.m)
  return `${Math.floor(size / minute)} ${words.m}`
}

function joined(ms: number, large: number, largeWord: string, small: number, smallWord: string): string {
  const rest = Math.floor((ms % large) / small)
  const first = `${Math.floor(ms / large)} ${largeWord}`
  return rest === 0 ? first : `${first} ${rest} ${smallWord}`
}

/** How long ago or ahead: `3 小时前`, `in 2 d`. */
export function relative(ms: number, now: number, language: Language): string {
  const text = span(ms - now, language)
  if (language === 'en') return ms <= now ? `${text} ago` : `in ${text}`
  return ms <= now ? `${text}前` : `${text}后`
}

/** A window as the engine writes it (ISO 8601 `start/end`) in short times; anything else as it is. */
export function shortWindow(window: string, language: Language): string {
  const [start, end] = window.split('/').map((part) => Date.parse(part))
  if (start === undefined || end === undefined || Number.isNaN(start) || Number.isNaN(end)) return window
  // A window of a year would begin and end on what reads like the same day.
  if (end - start > 90 * day) return `${dayFormat.format(start)} – ${dayFormat.format(end)}`
  return `${shortTime(start, language)} – ${shortTime(end, language)}`
}
