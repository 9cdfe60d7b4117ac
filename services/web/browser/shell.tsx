import { Menu } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { ReactElement, ReactNode } from 'react'
import { Link, NavLink, useNavigate } from 'react-router'
import type { Session } from '../../../schemas/http/common.ts'
import { send } from './api/client.ts'
import { useServiceTime } from './api/service-clock.ts'
import { exactTime, shortTime } from './format/time.ts'
import { switchLanguage, useWords } from './i18n/index.ts'
import { useNames } from './shared/reference.ts'
import logo from './weir.svg'

/** Frame of every screen: name, navigation, the service's time, language, and who is signed in. */
export function Shell({
  session,
  children,
}: {
  readonly session: Session
  readonly children: ReactNode
}): ReactElement {
  const { t, language } = useWords()
  const { role } = session.seat
  const works = role === 'officer' || role === 'grid_worker'
  const oversees = role === 'prosecutor' || role === 'auditor'
  return (
    <>
      <a className="skip-link" href="#content">
        {t('app.skip')}
      </a>
      <header className="top">
        <Link to="/" className="brand">
          <img src={logo} alt="" width="28" height="28" />
          <span>{t('app.name')}</span>
        </Link>
        <nav aria-label={t('nav.main')} className="top-nav">
          {works && <NavLink to="/work">{t('nav.work')}</NavLink>}
          {(works || oversees) && <NavLink to="/inbox">{t('nav.inbox')}</NavLink>}
          {oversees && <NavLink to="/board">{t('nav.board')}</NavLink>}
        </nav>
        <ServiceTime />
        <button
          type="button"
          className="top-button"
          lang={language === 'en' ? 'zh-CN' : 'en'}
          onClick={() => void switchLanguage(language === 'en' ? 'zh' : 'en')}
        >
          {t('app.language')}
        </button>
        <SeatMenu session={session} />
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </>
  )
}

function ServiceTime(): ReactElement {
  const { t, language } = useWords()
  const now = useServiceTime()
  return (
    <span className="service-time" title={exactTime(now)}>
      <span className="service-time-label">{t('app.districtTime')}</span>
      {shortTime(now, language)}
    </span>
  )
}

function SeatMenu({ session }: { readonly session: Session }): ReactElement {
  const { t, of, code } = useWords()
  const { short } = useNames()
  const client = useQueryClient()
  const navigate = useNavigate()
  const leave = async (): Promise<void> => {
    await send('DELETE', '/api/session')
    await navigate('/')
    client.clear()
    client.setQueryData(['session'], null)
  }
  return (
    <Menu position="bottom-end" width={220} shadow="md">
      <Menu.Target>
        <button type="button" className="seat-button">
          <span className="seat-initial" aria-hidden="true">
            {of(session.seat.name).slice(0, 1)}
          </span>
          <span className="seat-text">
            <span className="seat-name">{of(session.seat.name)}</span>
            <span className="seat-role">
              {short(session.seat.department)} · {code('role', session.seat.role)}
            </span>
          </span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void leave()}>
          {session.demo ? t('app.switchSeat') : t('app.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
