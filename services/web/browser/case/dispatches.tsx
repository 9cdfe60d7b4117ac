import type { ReactElement } from 'react'
import type { DispatchView } from '../../../../schemas/http/casework.ts'
import { shortTime } from '../format/time.ts'
import { useWords } from '../i18n/index.ts'
import { useNames } from '../shared/reference.ts'

const order = ['handle', 'verify', 'inform']

/** To whom the case was sent, for what, and whether they took it; who only was told comes last, in one line. */
export function Dispatches({ dispatches }: { readonly dispatches: readonly DispatchView[] }): ReactElement {
  const { t, language } = useWords()
  const { short } = useNames()
  const working = dispatches
    .filter((dispatch) => dispatch.purpose !== 'inform')
    .toSorted((a, b) => order.indexOf(a.purpose) - order.indexOf(b.purpose) || b.role.localeCompare(a.role))
  const informed = [
    ...new Set(dispatches.filter((dispatch) => dispatch.purpose === 'inform').map((one) => one.department)),
  ]
  return (
    <section className="panel">
      <h2>{t('case.dispatches')}</h2>
      {dispatches.length === 0 && <p className="none">{t('case.noDispatches')}</p>}
      <ul className="dispatches">
        {working.map((dispatch) => (
          <DispatchRow key={dispatch.dispatch_id} dispatch={dispatch} />
        ))}
      </ul>
      {informed.length > 0 && (
        <p className="informed">
          {t('case.informed', { names: informed.map(short).join(language === 'zh' ? '、' : ', ') })}
        </p>
      )}
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
  return <span className="answer-waiting">{t('case.waiting')}</span>
}
