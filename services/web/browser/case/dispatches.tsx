import type { ReactElement } from 'react'
import type { DispatchView } from '../../../../schemas/http/casework.ts'
import { shortTime } from '../format/time.ts'
import { useWords } from '../i18n/index.ts'

/** To whom the case was sent, for what, and whether they took it. */
export function Dispatches({ dispatches }: { readonly dispatches: readonly DispatchView[] }): ReactElement {
  const { t } = useWords()
  return (
    <section className="panel">
      <h2>{t('case.dispatches')}</h2>
      {dispatches.length === 0 && <p className="none">{t('case.noDispatches')}</p>}
      <ul className="dispatches">
        {dispatches.map((dispatch) => (
          <DispatchRow key={dispatch.dispatch_id} dispatch={dispatch} />
        ))}
      </ul>
    </section>
  )
}

function DispatchRow({ dispatch }: { readonly dispatch: DispatchView }): ReactElement {
  const { of, code } = useWords()
  return (
    <li className="dispatch">
      <span className="dispatch-department">{of(dispatch.department_name)}</span>
      <span className="dispatch-purpose">
        {code('case.purpose', dispatch.purpose)} · {code('case.dispatchRole', dispatch.role)}
      </span>
      <span className="dispatch-answer">
        <Answer dispatch={dispatch} />
      </span>
    </li>
  )
}

function Answer({ dispatch }: { readonly dispatch: DispatchView }): ReactElement {
  const { t, language } = useWords()
  if (dispatch.returned_at !== null) {
    const time = shortTime(dispatch.returned_at, language)
    return (
      <span className="answer-returned">
        {t('case.returnedAt', { time, reason: dispatch.return_reason })}
      </span>
    )
  }
  if (dispatch.acknowledged_at !== null) {
    return (
      <span className="answer-taken">
        ✓ {t('case.acknowledgedAt', { time: shortTime(dispatch.acknowledged_at, language) })}
      </span>
    )
  }
  if (dispatch.purpose === 'inform') return <span>{shortTime(dispatch.sent_at, language)}</span>
  return <span className="answer-waiting">{t('case.waiting')}</span>
}
