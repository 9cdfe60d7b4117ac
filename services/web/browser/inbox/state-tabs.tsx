import type { ReactElement } from 'react'
import { count } from '../format/money.ts'
import { useWords } from '../i18n/index.ts'

/** States with a tab of their own; any other state gets one as soon as something is in it. */
const usual = [
  'alerted',
  'acknowledged',
  'verifying',
  'graded',
  'routed',
  'handling',
  'fed_back',
  'closed',
] as const

/** Tabs by state with the number in each. */
export function StateTabs(props: {
  readonly counts: Readonly<Record<string, number>>
  readonly selected: string
  readonly onSelect: (state: string) => void
}): ReactElement {
  const { t, code, language } = useWords()
  const others = Object.keys(props.counts).filter(
    (state) => !usual.some((known) => known === state) && (props.counts[state] ?? 0) > 0,
  )
  const total = Object.values(props.counts).reduce((sum, value) => sum + value, 0)
  const tabs = [
    { state: '', number: total },
    ...[...usual, ...others].map((state) => ({ state, number: props.counts[state] ?? 0 })),
  ]
  const nameOf = (state: string): string => {
    if (state === '') return t('inbox.tabs.all')
    return usual.some((known) => known === state) ? code('inbox.tabs', state) : code('state', state)
  }
  return (
    <nav className="tabs" aria-label={t('inbox.state')}>
      {tabs.map(({ state, number }) => (
        <button
          key={state}
          type="button"
          aria-current={props.selected === state ? 'true' : undefined}
          className={number === 0 ? 'tab tab-none' : 'tab'}
          onClick={() => props.onSelect(state)}
        >
          {nameOf(state)} <span className="tab-count">{count(number, language)}</span>
        </button>
      ))}
    </nav>
  )
}
