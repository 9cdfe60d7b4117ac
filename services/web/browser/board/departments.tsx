import type { ReactElement } from 'react'
import type { DepartmentRow } from '../../../../schemas/http/supervise.ts'
import { useWords } from '../i18n/index.ts'
import { useNames } from '../shared/reference.ts'

/** How departments keep their deadlines, the most overdue first, always with n: a rate of three is not a rate of three hundred. */
export function Departments({ rows }: { readonly rows: readonly DepartmentRow[] }): ReactElement {
  const { t } = useWords()
  const ranked = rows
    .filter((row) => row.due > 0 || row.overdue_now > 0)
    .toSorted((a, b) => b.overdue_now - a.overdue_now || (a.on_time_rate ?? 1) - (b.on_time_rate ?? 1))
  return (
    <section className="panel departments">
      <h2>{t('board.departments')}</h2>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">{t('board.department')}</th>
            <th scope="col" className="number">
              {t('board.departmentColumns.overdue')}
            </th>
            <th scope="col" className="number">
              {t('board.departmentColumns.due')}
            </th>
            <th scope="col" className="number">
              {t('board.departmentColumns.rate')}
            </th>
          </tr>
        </thead>
        <tbody>
          {ranked.map((row) => (
            <Row key={row.department} row={row} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Row({ row }: { readonly row: DepartmentRow }): ReactElement {
  const { t, of } = useWords()
  const { short } = useNames()
  return (
    <tr>
      <th scope="row" title={of(row.name)}>
        {short(row.department)}
      </th>
      <td className={row.overdue_now > 0 ? 'number number-late' : 'number'}>{row.overdue_now}</td>
      <td className="number">{row.due}</td>
      <td className="number">
        {row.on_time_rate === null ? t('board.noRate') : `${Math.round(row.on_time_rate * 100)}%`}
        <progress className="rate" max={1} value={row.on_time_rate ?? 0} aria-hidden="true" />
      </td>
    </tr>
  )
}
