/** The states of every list besides having rows: loading, never had any, none match, failed, and old content after a failed update. */
import { Alert, Button, Skeleton } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { ApiError } from '../api/client.ts'
import { shortTime } from '../format/time.ts'
import { useWords } from '../i18n/index.ts'

/** Grey rows while the first answer is awaited. */
export function LoadingRows({ rows = 6 }: { readonly rows?: number }): ReactElement {
  const { t } = useWords()
  return (
    <div className="loading-rows" role="status" aria-label={t('list.loading')}>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={44} radius="sm" animate />
      ))}
    </div>
  )
}

/** Nothing to show, and why; `children` is what can be done about it. */
export function EmptyState(props: {
  readonly title: string
  readonly hint: string
  readonly children?: ReactNode
}): ReactElement {
  return (
    <div className="empty">
      <svg viewBox="0 0 48 32" width="72" height="48" aria-hidden="true">
        <path
          d="M3 9c4-4 7-4 11 0s7 4 11 0 7-4 11 0 6 4 9 0"
          fill="none"
          stroke="#9db4c7"
          strokeWidth="2.4"
          strokeLinecap="round"
        />
        <path d="M6 17h36" stroke="#5b7488" strokeWidth="3" strokeLinecap="round" />
        <path d="M12 17v11M24 17v11M36 17v11" stroke="#5b7488" strokeWidth="2.4" strokeLinecap="round" />
      </svg>
      <p className="empty-title">{props.title}</p>
      <p className="empty-hint">{props.hint}</p>
      {props.children}
    </div>
  )
}

/** The first answer did not come; with the id under which the operator finds it. */
export function FailedState(props: { readonly error: Error; readonly onRetry: () => void }): ReactElement {
  const { t } = useWords()
  return (
    <Alert color="red" variant="outline" title={t('list.failed')} role="alert" className="failed">
      <p>{explain(props.error, t)}</p>
      <Button size="xs" variant="default" onClick={props.onRetry}>
        {t('list.retry')}
      </Button>
    </Alert>
  )
}

function explain(error: Error, t: (key: string, values?: Record<string, string>) => string): string {
  if (!(error instanceof ApiError)) return t('list.failedHint', { id: '–' })
  if (error.problem.status === 403) return t('list.forbidden')
  if (error.problem.status === 0) return t('list.unreachable')
  return t('list.failedHint', { id: error.problem.request_id })
}

/** Said above content that could not be brought up to date. */
export function StaleBanner(props: { readonly since: number; readonly onRetry: () => void }): ReactElement {
  const { t, language } = useWords()
  return (
    <div className="stale" role="status">
      <span>{t('list.stale', { time: shortTime(props.since, language) })}</span>
      <button type="button" className="link-button" onClick={props.onRetry}>
        {t('list.retry')}
      </button>
    </div>
  )
}
