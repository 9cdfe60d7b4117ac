/** Money, times and deadlines, shown the same everywhere: short to read, exact on hover. */
import type { ReactElement } from 'react'
import { useServiceTime } from '../api/service-clock.ts'
import { exactMoney, shortMoney } from '../format/money.ts'
import { exactTime, relative, shortTime, span } from '../format/time.ts'
import { useWords } from '../i18n/index.ts'

/** A short amount with the exact one on hover. */
export function Money({
  minor,
  currency = 'CNY',
}: {
  readonly minor: number
  readonly currency?: string
}): ReactElement {
  const { language } = useWords()
  return (
    <span className="money" title={exactMoney(minor, currency, language)}>
      {shortMoney(minor, currency, language)}
    </span>
  )
}

/** A time, and how far it is from the service's now. */
export function When({
  ms,
  relativeToo = true,
}: {
  readonly ms: number
  readonly relativeToo?: boolean
}): ReactElement {
  const { language } = useWords()
  const now = useServiceTime()
  return (
    <time className="when" dateTime={new Date(ms).toISOString()} title={exactTime(ms)}>
      {shortTime(ms, language)}
      {relativeToo && <span className="when-relative">{relative(ms, now, language)}</span>}
    </time>
  )
}

/** Less than this before the end, a deadline is shown as pressing. */
const pressingMs = 4 * 3_600_000

/** How long is left, or how long it is overdue. `dueAt` null: there is no open deadline. */
export function Due({ dueAt }: { readonly dueAt: number | null }): ReactElement {
  const { t, language } = useWords()
  const now = useServiceTime()
  if (dueAt === null) return <span className="due due-none">{t('due.none')}</span>
  const late = now >= dueAt
  const text = span(dueAt - now, language)
  const kind = late ? 'late' : dueAt - now < pressingMs ? 'pressing' : 'easy'
  return (
    <span className={`due due-${kind}`} title={t('due.due', { time: exactTime(dueAt) })}>
      <ClockMark />
      {late ? t('due.overdue', { span: text }) : t('due.left', { span: text })}
    </span>
  )
}

function ClockMark(): ReactElement {
  return (
    <svg viewBox="0 0 14 14" width="12" height="12" aria-hidden="true">
      <circle cx="7" cy="7" r="5.6" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M7 3.8V7l2.2 1.6" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />
    </svg>
  )
}
