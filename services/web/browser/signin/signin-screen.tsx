import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import type { Role, Seat, Session } from '../../../../schemas/http/common.ts'
import { send } from '../api/client.ts'
import { useSeats } from '../api/queries.ts'
import { switchLanguage, useWords } from '../i18n/index.ts'
import { FailedState, LoadingRows } from '../shared/list-states.tsx'
import logo from '../weir.svg'

const groups: readonly (readonly [key: string, roles: readonly Role[]])[] = [
  ['supervise', ['prosecutor']],
  ['handle', ['officer', 'grid_worker']],
  ['other', ['regulator', 'auditor', 'rule_author', 'operator']],
]

/** Demo sign-in: every seat as a card that says who it is and what it does. */
export function SignInScreen(): ReactElement {
  const { t, language } = useWords()
  const seats = useSeats()
  const client = useQueryClient()
  const take = useMutation({
    mutationFn: (seatId: string) => send<Session>('POST', '/api/session', { seat_id: seatId }),
    onSuccess: (session) => client.setQueryData(['session'], session),
  })
  return (
    <main className="signin">
      <header className="signin-head">
        <img src={logo} alt="" width="52" height="52" />
        <div>
          <h1>
            堰 <span lang="en">Weir</span>
          </h1>
          <p>{t('app.tagline')}</p>
        </div>
        <button
          type="button"
          className="signin-language"
          lang={language === 'en' ? 'zh-CN' : 'en'}
          onClick={() => void switchLanguage(language === 'en' ? 'zh' : 'en')}
        >
          {t('app.language')}
        </button>
      </header>
      <h2>{t('signin.title')}</h2>
      <p className="signin-intro">{seats.data === null ? t('signin.none') : t('signin.intro')}</p>
      {seats.isPending && <LoadingRows />}
      {seats.isError && <FailedState error={seats.error} onRetry={() => void seats.refetch()} />}
      {take.isError && <FailedState error={take.error} onRetry={take.reset} />}
      {groups.map(([key, roles]) => (
        <SeatGroup
          key={key}
          title={t(`signin.groups.${key}`)}
          seats={(seats.data ?? []).filter((seat) => roles.includes(seat.role))}
          onTake={take.mutate}
        />
      ))}
    </main>
  )
}

function SeatGroup(props: {
  readonly title: string
  readonly seats: readonly Seat[]
  readonly onTake: (seatId: string) => void
}): ReactElement | null {
  if (props.seats.length === 0) return null
  return (
    <section>
      <h3>{props.title}</h3>
      <ul className="seats">
        {props.seats.map((seat) => (
          <li key={seat.seat_id}>
            <SeatCard seat={seat} onTake={props.onTake} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function SeatCard({
  seat,
  onTake,
}: {
  readonly seat: Seat
  readonly onTake: (seatId: string) => void
}): ReactElement {
  const { of, code } = useWords()
  return (
    <button
      type="button"
      className={`seat seat-${seat.role}`}
      data-seat={seat.seat_id}
      onClick={() => onTake(seat.seat_id)}
    >
      <span className="seat-department">
        {of(seat.department_name)} <span className="seat-code">{seat.department}</span>
      </span>
      <span className="seat-person">
        {of(seat.name)} · {code('role', seat.role)}
      </span>
      <span className="seat-does">{code('signin.roles', seat.role)}</span>
    </button>
  )
}
