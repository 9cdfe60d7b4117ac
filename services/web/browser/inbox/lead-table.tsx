import type { ReactElement } from 'react'
import { Link } from 'react-router'
import type { LeadSummary } from '../../../../schemas/http/casework.ts'
import { useServiceTime } from '../api/service-clock.ts'
import { exactTime, relative } from '../format/time.ts'
import { withoutBasis } from '../format/headline.ts'
import { useWords } from '../i18n/index.ts'
import { CardBadge, LevelBadge, StateBadge } from '../shared/level-badge.tsx'
import { useNames } from '../shared/reference.ts'
import { Due } from '../shared/values.tsx'

/** Leads as a table; on a narrow screen each row becomes a card. */
export function LeadTable({ leads }: { readonly leads: readonly LeadSummary[] }): ReactElement {
  const { t } = useWords()
  return (
    <table className="leads">
      <caption className="hidden">{t('inbox.title')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('inbox.columns.level')}</th>
          <th scope="col">{t('inbox.columns.lead')}</th>
          <th scope="col">{t('inbox.columns.rules')}</th>
          <th scope="col" className="number">
            {t('inbox.columns.score')}
          </th>
          <th scope="col" className="number">
            {t('inbox.columns.warnings')}
          </th>
          <th scope="col">{t('inbox.columns.state')}</th>
          <th scope="col">{t('inbox.columns.owner')}</th>
          <th scope="col">{t('inbox.columns.due')}</th>
        </tr>
      </thead>
      <tbody>
        {leads.map((lead) => (
          <LeadRow key={lead.case_id} lead={lead} />
        ))}
      </tbody>
    </table>
  )
}

function LeadRow({ lead }: { readonly lead: LeadSummary }): ReactElement {
  const { t, of } = useWords()
  const { short } = useNames()
  return (
    <tr className={`lead lead-${lead.level}`} data-case={lead.case_id}>
      <td className="lead-level">
        <LevelBadge level={lead.level} />
      </td>
      <td className="lead-main">
        <Link to={`/cases/${lead.case_id}`} data-lead-link className="lead-headline">
          {withoutBasis(of(lead.headline))}
        </Link>
        <LeadFacts lead={lead} />
      </td>
      <td className="lead-rules">
        <Rules ruleIds={lead.rule_ids} />
      </td>
      <td className="number lead-score" data-label={t('inbox.columns.score')}>
        {lead.score.toFixed(2)}
      </td>
      <td className="number lead-warnings" data-label={t('inbox.columns.warnings')}>
        {lead.warnings}
      </td>
      <td className="lead-state">
        <StateBadge state={lead.state} />
        <CardBadge card={lead.card} />
      </td>
      <td className="lead-owner">{short(lead.owner)}</td>
      <td className="lead-due">
        <Due dueAt={lead.next_due_at} />
        {lead.overdue > 1 && (
          <span className="lead-overdue">{t('inbox.overdueCount', { count: lead.overdue })}</span>
        )}
      </td>
    </tr>
  )
}

function LeadFacts({ lead }: { readonly lead: LeadSummary }): ReactElement {
  const { t, of, language } = useWords()
  const { name } = useNames()
  const now = useServiceTime()
  return (
    <span className="lead-facts">
      <span className="lead-subject">{lead.subject_label}</span>
      <span>{of(lead.risk_type_name)}</span>
      <span>{name(lead.region)}</span>
      <span title={exactTime(lead.opened_at)}>
        {t('inbox.opened', { time: relative(lead.opened_at, now, language) })}
      </span>
    </span>
  )
}

function Rules({ ruleIds }: { readonly ruleIds: readonly string[] }): ReactElement {
  const { code } = useWords()
  return (
    <span className="rules">
      {ruleIds.map((ruleId) => (
        <span key={ruleId} className="rule" title={code('rule', ruleId)}>
          {ruleId} <span className="rule-name">{code('rule', ruleId)}</span>
        </span>
      ))}
    </span>
  )
}
