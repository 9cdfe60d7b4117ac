import type { ReactElement } from 'react'
import type { CaseEventView } from '../../../../schemas/http/casework.ts'
import { exactTime, shortTime } from '../format/time.ts'
import { useWords } from '../i18n/index.ts'
import type { Words } from '../i18n/index.ts'
import { useNames } from '../shared/reference.ts'
import { Money } from '../shared/values.tsx'

/** Everything that happened, newest first. */
export function Timeline({ events }: { readonly events: readonly CaseEventView[] }): ReactElement {
  const { t } = useWords()
  return (
    <section className="panel">
      <h2>{t('case.timeline')}</h2>
      <ol className="timeline">
        {events
          .toSorted((a, b) => b.sequence - a.sequence)
          .map((event) => (
            <EventRow key={event.sequence} event={event} />
          ))}
      </ol>
    </section>
  )
}

/** Facts for machines, not for readers. */
const hidden = new Set(['warning_id', 'promise_id', 'provisional', 'removed_from_lists'])

function EventRow({ event }: { readonly event: CaseEventView }): ReactElement {
  const words = useWords()
  const { code, language } = words
  const details = Object.entries(event.details).filter(([key, value]) => !hidden.has(key) && value !== '')
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
        {details.length > 0 && (
          <dl className="event-details">
            {details.map(([key, value]) => (
              <div key={key}>
                <dt>{code('detail', key)}</dt>
                <dd>
                  <DetailValue name={key} value={value} words={words} />
                </dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </li>
  )
}

function Actor({ event }: { readonly event: CaseEventView }): ReactElement {
  const { t, code } = useWords()
  const { short } = useNames()
  if (event.actor_role === 'system' || event.actor_role === '')
    return <span className="event-actor">{t('case.system')}</span>
  return (
    <span className="event-actor" title={event.actor}>
      {short(event.actor_department)} · {code('role', event.actor_role)}
    </span>
  )
}

/** Codes in words, amounts in money, times in the district's zone. */
function DetailValue({
  name,
  value,
  words,
}: {
  readonly name: string
  readonly value: string
  readonly words: Words
}): ReactElement {
  const names = useNames()
  if (name.endsWith('_minor')) return <Money minor={Number(value)} />
  if (name === 'visited_at') return <>{shortTime(Number(value), words.language)}</>
  if (name === 'region') return <>{names.name(value)}</>
  if (name === 'score') return <>{Number(value).toFixed(2)}</>
  const group = groups[name]
  return <>{group === undefined ? value : inWords(group, value, words)}</>
}

const groups: Readonly<Record<string, readonly string[]>> = {
  purpose: ['case.purpose'],
  role: ['case.dispatchRole'],
  outcome: ['outcome'],
  warning_level: ['level'],
  from: ['card', 'level'],
  to: ['card', 'level'],
}

function inWords(candidates: readonly string[], value: string, { code }: Words): string {
  for (const group of candidates) {
    const word = code(group, value)
    if (word !== value) return word
  }
  return value
}
