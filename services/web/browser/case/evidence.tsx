import type { ReactElement } from 'react'
import type { EvidenceView, WarningView } from '../../../../schemas/http/casework.ts'
import { exactMoney } from '../format/money.ts'
import { exactTime, shortTime } from '../format/time.ts'
import { useWords } from '../i18n/index.ts'
import { Money } from '../shared/values.tsx'

/** The transactions that tell most about the newest warning, at most twenty. */
export function Evidence({ warning }: { readonly warning: WarningView | undefined }): ReactElement {
  const { t } = useWords()
  const rows = warning?.evidence ?? []
  return (
    <section className="panel">
      <h2>
        {t('case.evidence')}
        {rows.length > 0 && <small>{t('case.evidenceCount', { count: rows.length })}</small>}
      </h2>
      {rows.length === 0 ? <p className="none">{t('case.noEvidence')}</p> : <EvidenceTable rows={rows} />}
    </section>
  )
}

function EvidenceTable({ rows }: { readonly rows: readonly EvidenceView[] }): ReactElement {
  const { t } = useWords()
  return (
    <div className="table-scroll">
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">{t('case.columns.time')}</th>
            <th scope="col">{t('case.columns.direction')}</th>
            <th scope="col" className="number">
              {t('case.columns.amount')}
            </th>
            <th scope="col">{t('case.columns.counterparty')}</th>
            <th scope="col">{t('case.columns.channel')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <EvidenceRow key={`${row.txn_id}-${row.direction}`} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Below 1 万 the short form says the same as the exact one. */
const wanMinor = 1_000_000

function EvidenceRow({ row }: { readonly row: EvidenceView }): ReactElement {
  const { code, language } = useWords()
  return (
    <tr>
      <td title={exactTime(row.event_time)}>{shortTime(row.event_time, language)}</td>
      <td>
        <span className={`direction direction-${row.direction}`}>
          <span aria-hidden="true">{row.direction === 'in' ? '↓' : '↑'}</span>{' '}
          {code('direction', row.direction)}
        </span>
      </td>
      <td className="number">
        {exactMoney(row.amount, row.currency, language)}
        {language === 'zh' && (
          <span className="amount-short">
            {row.amount >= wanMinor && <Money minor={row.amount} currency={row.currency} />}
          </span>
        )}
      </td>
      <td>
        <span className="pseudonym" title={row.counterparty_id}>
          {row.counterparty_id}
        </span>{' '}
        <span className="muted">{code('kind', row.counterparty_kind)}</span>
      </td>
      <td>{code('channel', row.channel)}</td>
    </tr>
  )
}
