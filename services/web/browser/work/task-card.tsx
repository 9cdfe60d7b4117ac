import { Button } from '@mantine/core'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { Link } from 'react-router'
import type { CaseDetail, Task } from '../../../../schemas/http/casework.ts'
import { readCase } from '../api/queries.ts'
import { fieldsOf } from '../command/build-command.ts'
import { CommandDialog } from '../command/command-dialog.tsx'
import { useQuickCommand } from '../command/use-command.ts'
import { withoutBasis } from '../format/headline.ts'
import { useWords } from '../i18n/index.ts'
import { CardBadge, LevelBadge } from '../shared/level-badge.tsx'
import { useNames } from '../shared/reference.ts'
import { Due } from '../shared/values.tsx'

/** One piece of work: what it is about, until when, and the button for the next step. */
export function TaskCard({ task }: { readonly task: Task }): ReactElement {
  const { t, of, code } = useWords()
  const { name } = useNames()
  const { lead } = task
  return (
    <li className={`task task-${lead.level}`} data-case={lead.case_id}>
      <div className="task-top">
        <LevelBadge level={lead.level} />
        <CardBadge card={lead.card} />
        <span className="task-node">
          {code('work.purpose', task.purpose)} · {code('node', task.node)}
        </span>
        <Due dueAt={task.due_at} />
        {task.reminders > 0 && (
          <span className="task-reminded">{t('work.reminded', { count: task.reminders })}</span>
        )}
      </div>
      <Link to={`/cases/${lead.case_id}`} className="task-headline">
        {withoutBasis(of(lead.headline))}
      </Link>
      <div className="task-foot">
        <span className="lead-facts">
          <span className="lead-subject">{lead.subject_label}</span>
          <span>{of(lead.risk_type_name)}</span>
          <span>{name(lead.region)}</span>
        </span>
        <NextStep task={task} />
      </div>
    </li>
  )
}

/** A step without a form is done by the click; one with a form opens it here. */
function NextStep({ task }: { readonly task: Task }): ReactElement {
  const { code } = useWords()
  const [detail, setDetail] = useState<CaseDetail | undefined>()
  const quick = useQuickCommand()
  const caseId = task.lead.case_id
  const act = async (): Promise<void> => {
    if (fieldsOf[task.next].length === 0) {
      quick.mutate({ caseId, command: { type: task.next, dispatch_id: task.dispatch_id } })
      return
    }
    setDetail(await readCase(caseId))
  }
  return (
    <>
      <Button
        data-command={task.next}
        loading={quick.isPending}
        onClick={() => void act()}
        className="task-button"
      >
        {code('command', task.next)}
      </Button>
      {detail !== undefined && (
        <CommandDialog
          detail={detail}
          request={{ type: task.next, dispatchId: task.dispatch_id, promiseId: '' }}
          onClose={() => setDetail(undefined)}
        />
      )}
    </>
  )
}
