import { Button } from '@mantine/core'
import { useEffect } from 'react'
import type { ReactElement } from 'react'
import { useSearchParams } from 'react-router'
import { EmptyState, FailedState, LoadingRows, StaleBanner } from '../shared/list-states.tsx'
import { LiveMark } from '../shared/live-mark.tsx'
import { useWords } from '../i18n/index.ts'
import { Filters, filterNames } from './filters.tsx'
import { LeadTable } from './lead-table.tsx'
import { Shortcuts } from './shortcuts.tsx'
import { StateTabs } from './state-tabs.tsx'
import { useLeads } from './use-leads.ts'
import type { Leads } from './use-leads.ts'
import { NewPill } from '../shared/new-pill.tsx'

/** 线索池: every lead the person may see, newest first. The address holds the filters. */
export function InboxScreen(): ReactElement {
  const { t } = useWords()
  const [parameters, setParameters] = useSearchParams()
  const filters = new URLSearchParams(
    filterNames.flatMap((name) => {
      const value = parameters.get(name) ?? ''
      return value === '' ? [] : [[name, value]]
    }),
  ).toString()
  const leads = useLeads(filters)
  const set = (name: string, value: string): void => {
    const next = new URLSearchParams(parameters)
    if (value === '') next.delete(name)
    else next.set(name, value)
    setParameters(next, { replace: name === 'q' })
  }
  useEffect(() => {
    document.title = `${t('inbox.title')} · ${t('app.name')}`
  }, [t])
  return (
    <div className="screen inbox">
      <div className="screen-head">
        <h1>{t('inbox.title')}</h1>
        <LiveMark state={leads.stream} />
        <Shortcuts onRefresh={leads.showWaiting} />
      </div>
      <StateTabs
        counts={leads.query.data?.pages[0]?.counts ?? {}}
        selected={parameters.get('state') ?? ''}
        onSelect={(state) => set('state', state)}
      />
      <Filters parameters={parameters} onSet={set} />
      <NewPill
        waiting={leads.waiting}
        label={t('inbox.fresh', { count: leads.waiting })}
        onShow={leads.showWaiting}
      />
      <Content leads={leads} filtered={filters !== ''} onReset={() => setParameters({})} />
    </div>
  )
}

function Content(props: {
  readonly leads: Leads
  readonly filtered: boolean
  readonly onReset: () => void
}): ReactElement {
  const { t } = useWords()
  const { query, staleSince } = props.leads
  if (query.isPending) return <LoadingRows rows={10} />
  const rows = (query.data?.pages ?? []).flatMap((page) => page.leads)
  if (query.isError && rows.length === 0) {
    return <FailedState error={query.error} onRetry={() => void query.refetch()} />
  }
  if (rows.length === 0) {
    if (!props.filtered) return <EmptyState title={t('inbox.never')} hint={t('inbox.neverHint')} />
    return (
      <EmptyState title={t('inbox.noneFound')} hint={t('inbox.noneFoundHint')}>
        <Button variant="default" onClick={props.onReset}>
          {t('list.reset')}
        </Button>
      </EmptyState>
    )
  }
  const total = query.data?.pages.at(-1)?.total ?? rows.length
  return (
    <>
      {staleSince !== undefined && <StaleBanner since={staleSince} onRetry={props.leads.showWaiting} />}
      <LeadTable leads={rows} />
      <div className="list-foot">
        <span>{t('list.shown', { shown: rows.length, total })}</span>
        {query.hasNextPage && (
          <Button
            variant="default"
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
