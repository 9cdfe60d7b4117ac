import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { ReactElement } from 'react'
import type { CaseChanged, Task, TaskList } from '../../../../schemas/http/casework.ts'
import type { Session } from '../../../../schemas/http/common.ts'
import { useTasks } from '../api/queries.ts'
import { useServiceTime } from '../api/service-clock.ts'
import { useStream, useThrottled } from '../api/stream.ts'
import { useWords } from '../i18n/index.ts'
import { useHeldList } from '../shared/held-list.ts'
import { EmptyState, FailedState, LoadingRows, StaleBanner } from '../shared/list-states.tsx'
import { LiveMark } from '../shared/live-mark.tsx'
import { TaskCard } from './task-card.tsx'

const refreshEveryMs = 1000
const soonMs = 24 * 3_600_000

/** 工作台: what the department has to do, overdue first, the next step one click away. */
export function WorkScreen({ session }: { readonly session: Session }): ReactElement {
  const { t, of } = useWords()
  const client = useQueryClient()
  const query = useTasks()
  const refresh = useThrottled(() => void client.invalidateQueries({ queryKey: ['tasks'] }), refreshEveryMs)
  const stream = useStream<CaseChanged>('/api/stream', 'case', refresh, refresh)
  const title = t('work.title', { department: of(session.seat.department_name) })
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`
  }, [t, title])
  return (
    <div className="screen work">
      <div className="screen-head">
        <h1>{title}</h1>
        <LiveMark state={stream} />
      </div>
      {query.isPending && <LoadingRows rows={5} />}
      {query.isError && query.data === undefined && (
        <FailedState error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isRefetchError && (
        <StaleBanner since={query.dataUpdatedAt} onRetry={() => void query.refetch()} />
      )}
      {query.data !== undefined && <Tasks list={query.data} />}
    </div>
  )
}

const keyOf = (task: Task): string => `${task.dispatch_id}/${task.next}`

function Tasks({ list }: { readonly list: TaskList }): ReactElement {
  const { t } = useWords()
  const now = useServiceTime()
  const held = useHeldList(list.tasks, keyOf, 'tasks')
  if (list.tasks.length === 0) return <EmptyState title={t('work.never')} hint={t('work.neverHint')} />
  const overdue = held.rows.filter((task) => task.due_at <= now)
  const soon = held.rows.filter((task) => task.due_at > now && task.due_at <= now + soonMs)
  const later = held.rows.filter((task) => task.due_at > now + soonMs)
  return (
    <>
      <p className="work-summary">
        {t('work.summary', { total: list.tasks.length, overdue: overdue.length })}
      </p>
      <div className="pill-place" aria-live="polite">
        {held.waiting > 0 && (
          <button type="button" className="pill" onClick={held.show}>
            ↑ {t('inbox.fresh', { count: held.waiting })}
          </button>
        )}
      </div>
      <TaskGroup title={t('work.overdue')} tasks={overdue} kind="overdue" />
      <TaskGroup title={t('work.today')} tasks={soon} kind="soon" />
      <TaskGroup title={t('work.later')} tasks={later} kind="later" />
    </>
  )
}

function TaskGroup(props: {
  readonly title: string
  readonly tasks: readonly Task[]
  readonly kind: string
}): ReactElement | null {
  if (props.tasks.length === 0) return null
  return (
    <section className={`task-group task-group-${props.kind}`}>
      <h2>
        {props.title} <span className="tab-count">{props.tasks.length}</span>
      </h2>
      <ul className="tasks">
        {props.tasks.map((task) => (
          <TaskCard key={keyOf(task)} task={task} />
        ))}
      </ul>
    </section>
  )
}
