import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { ReactElement } from 'react'
import { useLocation, useNavigate, useParams } from 'react-router'
import type { CaseChanged, CaseDetail } from '../../../../schemas/http/casework.ts'
import { ApiError } from '../api/client.ts'
import { caseKey, useCase } from '../api/queries.ts'
import { useStream, useThrottled } from '../api/stream.ts'
import type { StreamState } from '../api/stream.ts'
import { useWords } from '../i18n/index.ts'
import { EmptyState, FailedState, LoadingRows, StaleBanner } from '../shared/list-states.tsx'
import { LiveMark } from '../shared/live-mark.tsx'
import { Actions } from './actions.tsx'
import { CaseHeader } from './case-header.tsx'
import { Dispatches } from './dispatches.tsx'
import { Evidence } from './evidence.tsx'
import { Promises } from './promises.tsx'
import { Reveal } from './reveal.tsx'
import { Timeline } from './timeline.tsx'
import { Why } from './why.tsx'

const refreshEveryMs = 700

/** 案件: one lead or case, from the reason it was raised to what can be done next. Keeps itself up to date. */
export function CaseScreen(): ReactElement {
  const { caseId = '' } = useParams()
  const { t } = useWords()
  const client = useQueryClient()
  const query = useCase(caseId)
  const refresh = useThrottled(
    () => void client.invalidateQueries({ queryKey: caseKey(caseId) }),
    refreshEveryMs,
  )
  const onChange = (change: CaseChanged): void => {
    if (change.case_id === caseId) refresh()
  }
  const stream = useStream<CaseChanged>('/api/stream', 'case', onChange, refresh)
  useEffect(() => {
    document.title = `${t('case.number')} ${caseId} · ${t('app.name')}`
  }, [t, caseId])
  if (query.isPending) return <LoadingRows rows={8} />
  if (query.data === undefined) {
    if (query.error instanceof ApiError && query.error.problem.status === 404) {
      return <EmptyState title={t('case.notFound')} hint={caseId} />
    }
    return <FailedState error={query.error} onRetry={() => void query.refetch()} />
  }
  return (
    <div className="screen case">
      <Bar stream={stream} />
      {query.isRefetchError && (
        <StaleBanner since={query.dataUpdatedAt} onRetry={() => void query.refetch()} />
      )}
      <CaseBody detail={query.data} />
    </div>
  )
}

function Bar({ stream }: { readonly stream: StreamState }): ReactElement {
  const { t } = useWords()
  const navigate = useNavigate()
  const { key } = useLocation()
  // Opened from a copied link there is nothing to go back to.
  const back = (): void => void (key === 'default' ? navigate('/') : navigate(-1))
  return (
    <div className="case-bar">
      <button type="button" className="quiet-button" onClick={back}>
        ← {t('case.back')}
      </button>
      <LiveMark state={stream} />
    </div>
  )
}

function CaseBody({ detail }: { readonly detail: CaseDetail }): ReactElement {
  return (
    <>
      <CaseHeader detail={detail} />
      <div className="case-columns">
        <div className="case-main">
          <Why warnings={detail.warnings} />
          <Evidence warning={detail.warnings[0]} />
          <Timeline detail={detail} />
        </div>
        <aside className="case-side">
          <Actions detail={detail} />
          <Promises promises={detail.promises} dispatches={detail.dispatches} />
          <Dispatches dispatches={detail.dispatches} />
          <Reveal caseId={detail.lead.case_id} />
        </aside>
      </div>
    </>
  )
}
