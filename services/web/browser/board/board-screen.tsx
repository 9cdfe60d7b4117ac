import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { ReactElement } from 'react'
import type { Session } from '../../../../schemas/http/common.ts'
import type { Board, BoardChanged } from '../../../../schemas/http/supervise.ts'
import { useBoard } from '../api/queries.ts'
import { useStream, useThrottled } from '../api/stream.ts'
import { exactTime, shortTime } from '../format/time.ts'
import { useWords } from '../i18n/index.ts'
import { EmptyState, FailedState, LoadingRows, StaleBanner } from '../shared/list-states.tsx'
import { LiveMark } from '../shared/live-mark.tsx'
import { Departments } from './departments.tsx'
import { Matrix } from './matrix.tsx'
import { PromiseTable } from './promise-table.tsx'
import { Totals } from './totals.tsx'

const refreshEveryMs = 600

/** 监督: every link of the loop by department, and every deadline that was missed, as it happens. */
export function BoardScreen({ session }: { readonly session: Session }): ReactElement {
  const { t } = useWords()
  const client = useQueryClient()
  const query = useBoard()
  const refresh = useThrottled(() => {
    void client.invalidateQueries({ queryKey: ['board'] })
    void client.invalidateQueries({ queryKey: ['promises'] })
  }, refreshEveryMs)
  const stream = useStream<BoardChanged>('/api/supervision/stream', 'board', refresh, refresh)
  useEffect(() => {
    document.title = `${t('board.title')} · ${t('app.name')}`
  }, [t])
  return (
    <div className="screen board">
      <div className="screen-head">
        <h1>{t('board.title')}</h1>
        <LiveMark state={stream} />
        {query.data !== undefined && <AsOf ms={query.data.as_of} />}
      </div>
      {query.isPending && <LoadingRows rows={8} />}
      {query.isError && query.data === undefined && (
        <FailedState error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isRefetchError && (
        <StaleBanner since={query.dataUpdatedAt} onRetry={() => void query.refetch()} />
      )}
      {query.data !== undefined && (
        <BoardBody board={query.data} mayAct={session.seat.role === 'prosecutor'} />
      )}
    </div>
  )
}

function AsOf({ ms }: { readonly ms: number }): ReactElement | null {
  const { t, language } = useWords()
  if (ms === 0) return null
  return (
    <span className="as-of" title={exactTime(ms)}>
      {t('board.asOf', { time: shortTime(ms, language) })}
    </span>
  )
}

function BoardBody({ board, mayAct }: { readonly board: Board; readonly mayAct: boolean }): ReactElement {
  const { t } = useWords()
  if (board.totals.leads === 0) return <EmptyState title={t('board.never')} hint={t('board.neverHint')} />
  return (
    <>
      <Totals board={board} />
      <Matrix board={board} />
      <div className="board-columns">
        <PromiseTable mayAct={mayAct} />
        <Departments rows={board.departments} />
      </div>
    </>
  )
}
