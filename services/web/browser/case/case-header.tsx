import type { ReactElement } from 'react'
import type { CaseDetail } from '../../../../schemas/http/casework.ts'
import { withoutBasis } from '../format/headline.ts'
import { useWords } from '../i18n/index.ts'
import { CardBadge, LevelBadge, StateBadge } from '../shared/level-badge.tsx'
import { useNames } from '../shared/reference.ts'
import { Stepper } from '../shared/stepper.tsx'
import { When } from '../shared/values.tsx'
import { stepsOf } from './progress.ts'

/** What the case is, how grave, where it stands, and whose turn it is. */
export function CaseHeader({ detail }: { readonly detail: CaseDetail }): ReactElement {
  const { t, of } = useWords()
  const { name } = useNames()
  const { lead } = detail
  return (
    <header className={`case-header case-header-${lead.level}`}>
      <div className="case-badges">
        <LevelBadge level={lead.level} />
        <StateBadge state={lead.state} />
        <CardBadge card={lead.card} />
        <span className="case-risk">{of(lead.risk_type_name)}</span>
        <span className="case-id">
          {t('case.number')} {lead.case_id}
        </span>
      </div>
      <h1 className="case-title">{withoutBasis(of(lead.headline))}</h1>
      <dl className="facts">
        <div>
          <dt>{t('case.subject')}</dt>
          <dd>{lead.subject_label}</dd>
        </div>
        <div>
          <dt>{t('case.region')}</dt>
          <dd>{name(lead.region)}</dd>
        </div>
        <div>
          <dt>{t('case.owner')}</dt>
          <dd>{lead.owner === '' ? t('case.noOwner') : name(lead.owner)}</dd>
        </div>
        <div>
          <dt>{t('case.opened')}</dt>
          <dd>
            <When ms={lead.opened_at} />
          </dd>
        </div>
        <div>
          <dt>{t('case.score')}</dt>
          <dd>
            {lead.score.toFixed(2)} · {t('case.warnings', { count: lead.warnings })}
          </dd>
        </div>
      </dl>
      <Stepper steps={stepsOf(detail)} />
    </header>
  )
}
