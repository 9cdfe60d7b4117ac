import type { ReactElement } from 'react'
import type { StreamState } from '../api/stream.ts'
import { useWords } from '../i18n/index.ts'

/** Says whether the screen keeps itself up to date. */
export function LiveMark({ state }: { readonly state: StreamState }): ReactElement {
  const { t, code } = useWords()
  return (
    <span className={`live live-${state}`} role="status" title={t('app.liveHint')}>
      <span className="live-dot" aria-hidden="true" />
      {code('app', state)}
    </span>
  )
}
