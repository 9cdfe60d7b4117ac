import type { ReactElement } from 'react'
import { useSearchParams } from 'react-router'
import type { Board, BoardCell } from '../../../../schemas/http/supervise.ts'
import { stages } from '../case/progress.ts'
import { useWords } from '../i18n/index.ts'
import { useNames } from '../shared/reference.ts'

/** Departments × links of the loop: how many cases lie where, and how many of them late. */
export function Matrix({ board }: { readonly board: Board }): ReactElement {
  const { t, code } = useWords()
  const departments = [
    ...new Set(board.cells.filter((cell) => cell.open > 0).map((cell) => cell.department)),
  ].toSorted()
  const most = Math.max(1, ...board.cells.map((cell) => cell.open))
  return (
    <section className="panel matrix-panel">
      <h2>
        {t('board.matrix')} <small>{t('board.matrixHint')}</small>
      </h2>
      <div className="table-scroll">
        <table className="matrix">
          <thead>
            <tr>
              <th scope="col">{t('board.department')}</th>
              {stages.map((stage) => (
                <th scope="col" key={stage}>
                  {code('stage', stage)}
                </th>
              ))}
              <th scope="col">{t('board.total')}</th>
            </tr>
          </thead>
          <tbody>
            {departments.map((department) => (
              <MatrixRow key={department} department={department} cells={board.cells} most={most} />
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{t('board.total')}</th>
              {stages.map((stage) => (
                <td key={stage} className="matrix-total">
                  <Sum cells={board.cells.filter((cell) => cell.stage === stage)} />
                </td>
              ))}
              <td className="matrix-total">
                <Sum cells={board.cells} />
              </td>
            </tr>
          </tfoot>
        </table>
      </div>
    </section>
  )
}

function MatrixRow(props: {
  readonly department: string
  readonly cells: readonly BoardCell[]
  readonly most: number
}): ReactElement {
  const { name, short } = useNames()
  const own = props.cells.filter((cell) => cell.department === props.department)
  return (
    <tr>
      <th scope="row" title={name(props.department)}>
        {short(props.department)}
      </th>
      {stages.map((stage) => (
        <td key={stage} data-cell={`${props.department}/${stage}`}>
          <Cell cell={own.find((cell) => cell.stage === stage)} most={props.most} />
        </td>
      ))}
      <td className="matrix-total">
        <Sum cells={own} />
      </td>
    </tr>
  )
}

function Sum({ cells }: { readonly cells: readonly BoardCell[] }): ReactElement | null {
  const open = cells.reduce((sum, cell) => sum + cell.open, 0)
  const overdue = cells.reduce((sum, cell) => sum + cell.overdue, 0)
  return open === 0 ? null : <Numbers open={open} overdue={overdue} />
}

/** Steps of the heat, so that colour needs no inline style. */
const heatSteps = 5

function Cell({ cell, most }: { readonly cell: BoardCell | undefined; readonly most: number }): ReactElement {
  const { code } = useWords()
  const { short } = useNames()
  const [, setParameters] = useSearchParams()
  if (cell === undefined || cell.open === 0) return <span className="cell-none">·</span>
  const heat = Math.ceil((cell.open / most) * heatSteps)
  const show = (): void =>
    setParameters({ department: cell.department, ...(cell.overdue > 0 ? {} : { all: '1' }) })
  return (
    <button
      type="button"
      className={`cell ${cell.overdue > 0 ? 'cell-late' : 'cell-easy'} heat-${heat}`}
      onClick={show}
    >
      <span className="hidden">
        {short(cell.department)} {code('stage', cell.stage)}{' '}
      </span>
      <Numbers open={cell.open} overdue={cell.overdue} />
    </button>
  )
}

function Numbers({ open, overdue }: { readonly open: number; readonly overdue: number }): ReactElement {
  const { t } = useWords()
  return (
    <>
      <span className="cell-open">{open}</span>
      {overdue > 0 && <span className="cell-overdue">{t('board.overdueShort', { count: overdue })}</span>}
    </>
  )
}
