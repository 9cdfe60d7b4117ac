import type { ReactElement } from 'react'
import type { DispatchView } from '../../../../schemas/http/casework.ts'
import type { PromiseView } from '../../../../schemas/http/common.ts'
import { exactTime, shortTime } from '../format/time.ts'
import { useWords } from '../i18n/index.ts'
import { PromiseStatus } from '../shared/promise-status.tsx'
import { useNames } from '../shared/reference.ts'
import { stages, stageOf } from './progress.ts'

/** Every deadline of the case, in the order of the loop: who, until when, kept or not. */
export function Promises(props: {
  readonly promises: readonly PromiseView[]
  readonly dispatches: readonly DispatchView[]
}): ReactElement {
  const { t } = useWords()
  const place = (promise: PromiseView): number => stages.indexOf(stageOf(promise, props.dispatches))
  const rows = props.promises.toSorted((a, b) => place(a) - place(b) || a.due_at - b.due_at)
  return (
    <section className="panel">
      <h2>{t('case.promises')}</h2>
      {rows.length === 0 && <p className="none">{t('case.noPromises')}</p>}
      <ul className="promises">
        {rows.map((promise) => (
          <PromiseRow key={promise.promise_id} promise={promise} />
        ))}
      </ul>
    </section>
  )
}

function PromiseRow({ promise }: { readonly promise: PromiseView }): ReactElement {
  const { t, code, language } = useWords()
  const { short } = useNames()
  return (
    <li className="promise" title={`${promise.basis} · ${promise.calendar_version}`}>
      <span className="promise-node">{code('node', promise.node)}</span>
      <span className="promise-department">{short(promise.department)}</span>
      <span className="promise-status">
        <PromiseStatus promise={promise} />
      </span>
      <time
        className="promise-due"
        dateTime={new Date(promise.due_at).toISOString()}
        title={exactTime(promise.due_at)}
      >
        {t('due.due', { time: shortTime(promise.due_at, language) })}
      </time>
      {promise.provisional && <span className="promise-note">{t('due.provisional')}</span>}
    </li>
  )
}
