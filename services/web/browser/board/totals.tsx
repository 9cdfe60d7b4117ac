import type { ReactElement } from 'react'
import type { AlertLevel, GradeCard } from '../../../../schemas/http/common.ts'
import type { Board } from '../../../../schemas/http/supervise.ts'
import { count } from '../format/money.ts'
import { useWords } from '../i18n/index.ts'
import { CardBadge, LevelBadge } from '../shared/level-badge.tsx'

const levels: readonly AlertLevel[] = ['red', 'orange', 'yellow', 'blue']
const cards: readonly GradeCard[] = ['red', 'yellow', 'green', 'cleared']

/** The numbers of the whole district. */
export function Totals({ board }: { readonly board: Board }): ReactElement {
  const { t, language } = useWords()
  const { totals } = board
  const rate = totals.on_time_rate === null ? t('board.noRate') : `${(totals.on_time_rate * 100).toFixed(1)}%`
  const number = (value: number): string => count(value, language)
  return (
    <section className="totals" aria-label={t('board.title')}>
      <Tile name="warnings" value={number(totals.warnings)} />
      <Tile name="leads" value={number(totals.leads)} />
      <Tile name="open" value={number(totals.open)} />
      <Tile name="closed" value={number(totals.closed)} />
      <Tile name="overdue" value={number(totals.overdue)} alarming={totals.overdue > 0} />
      <Tile name="onTime" value={rate} />
      <Tile name="reminded" value={number(totals.reminded)} />
      <Tile name="supervised" value={number(totals.supervised)} />
      <div className="breakdowns">
        <ul className="breakdown" aria-label={t('board.byLevel')}>
          {levels.map((level) => (
            <li key={level}>
              <LevelBadge level={level} />
              <b>{number(board.by_level[level] ?? 0)}</b>
            </li>
          ))}
        </ul>
        <ul className="breakdown" aria-label={t('board.byCard')}>
          {cards.map((card) => (
            <li key={card}>
              <CardBadge card={card} />
              <b>{number(board.by_card[card] ?? 0)}</b>
            </li>
          ))}
        </ul>
      </div>
    </section>
  )
}

function Tile(props: {
  readonly name: string
  readonly value: string
  readonly alarming?: boolean
}): ReactElement {
  const { t } = useWords()
  return (
    <div className={props.alarming === true ? 'tile tile-alarming' : 'tile'} data-total={props.name}>
      <span className="tile-value">{props.value}</span>
      <span className="tile-name">{t(`board.totals.${props.name}`)}</span>
    </div>
  )
}
