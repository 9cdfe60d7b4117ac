import { Loader } from '@mantine/core'
import type { ReactElement } from 'react'
import { Link, Navigate, Route, Routes } from 'react-router'
import type { Role, Session } from '../../../schemas/http/common.ts'
import { useSession } from './api/queries.ts'
import { BoardScreen } from './board/board-screen.tsx'
import { CaseScreen } from './case/case-screen.tsx'
import { useWords } from './i18n/index.ts'
import { InboxScreen } from './inbox/inbox-screen.tsx'
import { EmptyState, FailedState } from './shared/list-states.tsx'
import { Shell } from './shell.tsx'
import { SignInScreen } from './signin/signin-screen.tsx'
import { WorkScreen } from './work/work-screen.tsx'

/** Where each role begins. */
const homes: Readonly<Partial<Record<Role, string>>> = {
  prosecutor: '/board',
  officer: '/work',
  grid_worker: '/work',
}

/** Need to know: these roles see no cases (the API says so too), and have no screen of their own yet. */
const withoutCases: readonly Role[] = ['regulator', 'rule_author', 'operator']

/** The screen that a person lands on after sign-in. */
export function homeOf(session: Session): string {
  return homes[session.seat.role] ?? '/inbox'
}

/** Everything: sign-in, or the shell with the screen of the address. */
export function App(): ReactElement {
  const session = useSession()
  if (session.isPending) return <Loader className="first-loader" />
  if (session.isError) return <FailedState error={session.error} onRetry={() => void session.refetch()} />
  if (session.data === null) return <SignInScreen />
  if (withoutCases.includes(session.data.seat.role)) {
    return (
      <Shell session={session.data}>
        <NothingYet />
      </Shell>
    )
  }
  return (
    <Shell session={session.data}>
      <Routes>
        <Route index element={<Navigate to={homeOf(session.data)} replace />} />
        <Route path="/inbox" element={<InboxScreen />} />
        <Route path="/cases/:caseId" element={<CaseScreen />} />
        <Route path="/work" element={<WorkScreen session={session.data} />} />
        <Route path="/board" element={<BoardScreen session={session.data} />} />
        <Route path="*" element={<NoSuchPage />} />
      </Routes>
    </Shell>
  )
}

function NothingYet(): ReactElement {
  const { t } = useWords()
  return (
    <div className="screen">
      <EmptyState title={t('app.nothingYet')} hint={t('app.nothingYetHint')} />
    </div>
  )
}

function NoSuchPage(): ReactElement {
  const { t } = useWords()
  return (
    <div className="empty">
      <p className="empty-title">{t('app.notFound')}</p>
      <Link to="/">{t('app.backHome')}</Link>
    </div>
  )
}
