import type { ReactElement } from 'react'
import type { PromiseView } from '../../../../schemas/http/common.ts'
import { exactTime, span } from '../format/time.ts'
import { useWords } from '../i18n/index.ts'
import { Due } from './values.tsx'

/** How a promise stands: time left, overdue, kept, kept late, or withdrawn. */
export function PromiseStatus({ promise }: { readonly promise: PromiseView }): ReactElement {
  const { t, language } = useWords()
  if (promise.withdrawn_at !== null) return <span className="due due-none">{t('due.withdrawn')}</span>
  if (promise.kept_at === null) return <Due dueAt={promise.due_at} />
  const late = promise.kept_at > promise.due_at
  const text = late
    ? t('due.keptLate', { span: span(promise.kept_at - promise.due_at, language) })
    : t('due.kept')
  return (
    <span className={late ? 'due due-kept-late' : 'due due-kept'} title={exactTime(promise.kept_at)}>
      {late ? '✕' : '✓'} {text}
    </span>
  )
}
