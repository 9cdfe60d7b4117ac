import type { ReactElement } from 'react'
import type { CaseDetail, CaseEventView } from '../../../../schemas/http/casework.ts'
import { exactTime, shortTime } from '../format/time.ts'
import { useWords } from '../i18n/index.ts'
import type { Words } from '../i18n/index.ts'
import { useNames } from '../shared/reference.ts'
import { Money } from '../shared/values.tsx'
import { groupEvents } from './group-events.ts'
import type { TimelineEntry } from './group-events.ts'

/** Everything that happened, newest first. */
export function Timeline({ detail }: { readonly detail: CaseDetail }): ReactElement {
  const { t } = useWords()
  return (
    <section className="panel">
      <h2>{t('case.timeline')}</h2>
      <ol className="timeline">
        {groupEvents(detail.events, detail.dispatches).map((entry) => (
          <EventRow key={entry.event.sequence} entry={entry} />
        ))}
      </ol>
    </section>
  )
}

function EventRow({ entry }: { readonly entry: TimelineEntry }): ReactElement {
  const { code, language } = useWords()
  const { event } = entry
  return (
    <li className={`event event-${event.type}`} data-event={event.type}>
      <time
        className="event-time"
        dateTime={new Date(event.occurred_at).toISOString()}
        title={exactTime(event.occurred_at)}
      >
        {shortTime(event.occurred_at, language)}
      </time>
      <div className="event-body">
        <span className="event-type">{code('event', event.type)}</span>
        <Actor event={event} />
        {event.reason !== '' && <p className="event-reason">{event.reason}</p>}
        {event.type === 'dispatched' ? <SentTo entry={entry} /> : <Details event={event} />}
      </div>
    </li>
  )
}

function SentTo({ entry }: { readonly entry: TimelineEntry }): ReactElement {
  const { t, code, language } = useWords()
  const { short } = useNames()
  const names = (departments: readonly string[]): string =>
    departments.map(short).join(language === 'zh' ? '、' : ', ')
  return (
    <ul className="event-sent">
      {entry.sentTo.map(({ purpose, departments }) => (
        <li key={purpose}>
          {t('case.dispatchedTo', { purpose: code('case.purpose', purpose), names: names(departments) })}
        </li>
      ))}
    </ul>
  )
}

/** Facts that are shown, in this order; the others are for machines. */
const shown = [
  'text',
  'measure',
  'legal_basis',
  'place',
  'visited_at',
  'people',
  'findings',
  'outcome',
  'summary',
  'paper',
  'amount_involved_minor',
  'amount_frozen_minor',
  'amount_recovered_minor',
  'warning_level',
  'score',
  'rule_ids',
] as const

function Details({ event }: { readonly event: CaseEventView }): ReactElement | null {
  const words = useWords()
  const { code } = words
  const { from = '', to = '' } = event.details
  const names = shown.filter((name) => (event.details[name] ?? '') !== '')
  if (names.length === 0 && to === '') return null
  return (
    <dl className="event-details">
      {to !== '' && (
        <div>
          <dt className="hidden">{code('event', event.type)}</dt>
          <dd>
            {inWords(['card', 'level'], from, words)} →{' '}
            <strong>{inWords(['card', 'level'], to, words)}</strong>
          </dd>
        </div>
      )}
      {names.map((name) => (
        <div key={name}>
          <dt>{code('detail', name)}</dt>
          <dd>
            <DetailValue name={name} value={event.details[name] ?? ''} words={words} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Actor({ event }: { readonly event: CaseEventView }): ReactElement {
  const { t, code } = useWords()
  const { short } = useNames()
  if (event.actor_role === 'system' || event.actor_role === '') {
    return <span className="event-actor">{t('case.system')}</span>
  }
  return (
    <span className="event-actor" title={event.actor}>
      {short(event.actor_department)} · {code('role', event.actor_role)}
    </span>
  )
}

/** Codes in words, amounts in money, times in the district's zone. */
function DetailValue(props: {
  readonly name: string
  readonly value: string
  readonly words: Words
}): ReactElement {
  const { name, value, words } = props
  if (name.endsWith('_minor')) return <Money minor={Number(value)} />
  if (name === 'visited_at') return <>{shortTime(Number(value), words.language)}</>
  if (name === 'score') return <>{Number(value).toFixed(2)}</>
  if (name === 'outcome') return <>{words.code('outcome', value)}</>
  return <>{name === 'warning_level' ? words.code('level', value) : value}</>
}

function inWords(candidates: readonly string[], value: string, { code }: Words): string {
  for (const group of candidates) {
    const word = code(group, value)
    if (word !== value) return word
  }
  return value
}
