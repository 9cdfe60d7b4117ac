import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { useSearchParams } from 'react-router'
import type { CaseDetail, CommandType } from '../../../../schemas/http/casework.ts'
import type { PromiseList, SupervisedPromise } from '../../../../schemas/http/supervise.ts'
import { readCase, readPromises } from '../api/queries.ts'
import { CommandDialog } from '../command/command-dialog.tsx'
import { useWords } from '../i18n/index.ts'
import { useHeldList } from '../shared/held-list.ts'
import { EmptyState, FailedState, LoadingRows } from '../shared/list-states.tsx'
import { useNames } from '../shared/reference.ts'
import { PromiseRow } from './promise-row.tsx'
import { NewPill } from '../shared/new-pill.tsx'

type Promises = UseInfiniteQueryResult<InfiniteData<PromiseList, string>, Error>

function usePromises(filters: string): Promises {
  return useInfiniteQuery({
    queryKey: ['promises', filters],
    queryFn: ({ pageParam, signal }) => readPromises(filters, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
  })
}

/** Deadlines, the most overdue first, with what the prosecutor can do about each. The address holds the filter. */
export function PromiseTable({ mayAct }: { readonly mayAct: boolean }): ReactElement {
  const { t } = useWords()
  const { short } = useNames()
  const [parameters, setParameters] = useSearchParams()
  const department = parameters.get('department') ?? ''
  const filters = new URLSearchParams({
    ...(parameters.get('all') === '1' ? {} : { overdue: 'true' }),
    ...(department === '' ? {} : { department }),
  }).toString()
  const query = usePromises(filters)
  const chooseAll = (all: boolean): void => {
    const next = new URLSearchParams(parameters)
    if (all) next.set('all', '1')
    else next.delete('all')
    setParameters(next)
  }
  const isFiltered = department !== ''
  return (
    <section className="panel promise-panel" id="promises">
      <h2>
        {department === '' ? t('board.promises') : t('board.promisesFor', { department: short(department) })}
        <Which all={parameters.get('all') === '1'} onChoose={chooseAll} />
        {isFiltered && (
          <button type="button" className="link-button" onClick={() => setParameters({})}>
            {t('list.reset')}
          </button>
        )}
      </h2>
      <Content query={query} scope={filters} mayAct={mayAct} isFiltered={isFiltered} />
    </section>
  )
}

/** Overdue ones, or everything that is open. */
function Which({
  all,
  onChoose,
}: {
  readonly all: boolean
  readonly onChoose: (all: boolean) => void
}): ReactElement {
  const { t } = useWords()
  return (
    <span className="which" role="group" aria-label={t('board.promises')}>
      <button type="button" aria-pressed={!all} onClick={() => onChoose(false)}>
        {t('board.onlyOverdue')}
      </button>
      <button type="button" aria-pressed={all} onClick={() => onChoose(true)}>
        {t('board.all')}
      </button>
    </span>
  )
}

const promiseId = (promise: SupervisedPromise): string => promise.promise_id

function Content(props: {
  readonly query: Promises
  readonly scope: string
  readonly mayAct: boolean
  readonly isFiltered: boolean
}): ReactElement {
  const { t } = useWords()
  const { query } = props
  const all = (query.data?.pages ?? []).flatMap((page) => page.promises)
  // Pages are read one after the other while the list moves: a promise may come twice.
  const unique = [...new Map(all.map((promise) => [promise.promise_id, promise])).values()]
  const held = useHeldList(unique, promiseId, `${props.scope}/${query.data?.pages.length ?? 0}`)
  if (query.isPending) return <LoadingRows rows={4} />
  if (query.isError && all.length === 0)
    return <FailedState error={query.error} onRetry={() => void query.refetch()} />
  if (held.rows.length === 0) {
    if (props.isFiltered) return <p className="none">{t('board.noneFound')}</p>
    return <EmptyState title={t('board.noOverdue')} hint={t('board.noOverdueHint')} />
  }
  return (
    <>
      <NewPill waiting={held.waiting} label={t('board.fresh', { count: held.waiting })} onShow={held.show} />
      <Table rows={held.rows} mayAct={props.mayAct} />
      <div className="list-foot">
        <span>
          {t('list.shown', { shown: held.rows.length, total: query.data?.pages.at(-1)?.total ?? 0 })}
        </span>
        {query.hasNextPage && (
          <Button
            variant="default"
            size="xs"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {t('list.loadMoreShort')}
          </Button>
        )}
      </div>
    </>
  )
}

interface Intervention {
  readonly detail: CaseDetail
  readonly type: CommandType
  readonly promiseId: string
}

function Table({
  rows,
  mayAct,
}: {
  readonly rows: readonly SupervisedPromise[]
  readonly mayAct: boolean
}): ReactElement {
  const { t } = useWords()
  const [intervention, setIntervention] = useState<Intervention | undefined>()
  const act = async (promise: SupervisedPromise, type: CommandType): Promise<void> => {
    setIntervention({ detail: await readCase(promise.case_id), type, promiseId: promise.promise_id })
  }
  return (
    <div className="table-scroll">
      <table className="plain-table promise-table">
        <thead>
          <tr>
            <th scope="col">{t('board.promiseColumns.case')}</th>
            <th scope="col">{t('board.promiseColumns.node')}</th>
            <th scope="col">{t('board.promiseColumns.department')}</th>
            <th scope="col">{t('board.promiseColumns.overdue')}</th>
            <th scope="col" className="number">
              {t('board.promiseColumns.reminders')}
            </th>
            {mayAct && (
              <th scope="col">
                <span className="hidden">{t('board.promiseColumns.act')}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((promise) => (
            <PromiseRow key={promise.promise_id} promise={promise} onAct={mayAct ? act : undefined} />
          ))}
        </tbody>
      </table>
      {intervention !== undefined && (
        <CommandDialog
          detail={intervention.detail}
          request={{ type: intervention.type, dispatchId: '', promiseId: intervention.promiseId }}
          onClose={() => setIntervention(undefined)}
        />
      )}
    </div>
  )
}
