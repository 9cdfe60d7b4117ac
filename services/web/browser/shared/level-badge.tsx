import type { ReactElement } from 'react'
import type { AlertLevel, GradeCard } from '../../../../schemas/http/common.ts'
import { useWords } from '../i18n/index.ts'

const shapes: Readonly<Record<AlertLevel, { readonly numeral: string; readonly path: string }>> = {
  red: { numeral: 'I', path: 'M6 1 L11.5 11 L0.5 11 Z' },
  orange: { numeral: 'II', path: 'M6 0.5 L11.5 6 L6 11.5 L0.5 6 Z' },
  yellow: { numeral: 'III', path: 'M6 0.8 A5.2 5.2 0 1 1 5.99 0.8 Z' },
  blue: { numeral: 'IV', path: 'M1 1 H11 V11 H1 Z' },
}

/** An alert level as colour, shape, numeral and word, so that none of them has to be seen alone. */
export function LevelBadge({ level }: { readonly level: AlertLevel }): ReactElement {
  const { t, code } = useWords()
  const { numeral, path } = shapes[level]
  return (
    <span className={`level level-${level}`} title={t('level.label')}>
      <svg viewBox="0 0 12 12" width="11" height="11" aria-hidden="true">
        <path d={path} fill="currentColor" />
      </svg>
      <span className="level-numeral">{numeral}</span>
      <span>{code('level', level)}</span>
    </span>
  )
}

/** The human's grade as a card with a coloured edge; nothing before grading. */
export function CardBadge({ card }: { readonly card: GradeCard }): ReactElement | null {
  const { t, code } = useWords()
  if (card === 'none') return null
  return (
    <span className={`card-badge card-${card}`} title={`${t('card.label')}: ${code('cardMeaning', card)}`}>
      {code('card', card)}
    </span>
  )
}

/** State of a case as a word in a frame. */
export function StateBadge({ state }: { readonly state: string }): ReactElement {
  const { code } = useWords()
  return <span className={`state state-${state}`}>{code('state', state)}</span>
}
