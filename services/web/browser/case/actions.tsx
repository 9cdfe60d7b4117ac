import { Button } from '@mantine/core'
import { useId, useState } from 'react'
import type { ReactElement } from 'react'
import type { ActionView, CaseDetail } from '../../../../schemas/http/casework.ts'
import { fieldsOf } from '../command/build-command.ts'
import { CommandDialog } from '../command/command-dialog.tsx'
import type { CommandRequest } from '../command/command-dialog.tsx'
import { useCommand, useRefusal } from '../command/use-command.ts'
import { useWords } from '../i18n/index.ts'

/** What this person can do to the case now, and what not and why. The API decides both. */
export function Actions({ detail }: { readonly detail: CaseDetail }): ReactElement {
  const { t } = useWords()
  const [request, setRequest] = useState<CommandRequest | undefined>()
  const enabled = detail.actions.filter((action) => action.enabled)
  const disabled = detail.actions.filter((action) => !action.enabled)
  return (
    <section className="panel actions">
      <h2>{t('case.actions')}</h2>
      {enabled.length === 0 && <p className="none">{t('case.noActions')}</p>}
      <div className="action-list">
        {enabled.map((action, index) => (
          <ActionButton
            key={action.type}
            action={action}
            detail={detail}
            isFirst={index === 0}
            onOpen={setRequest}
          />
        ))}
      </div>
      <Unavailable actions={disabled} />
      {request !== undefined && (
        <CommandDialog
          // What the person saw when the dialog opened: a change meanwhile is a conflict, not a surprise.
          key={request.type}
          detail={detail}
          request={request}
          onClose={() => setRequest(undefined)}
        />
      )}
    </section>
  )
}

function ActionButton(props: {
  readonly action: ActionView
  readonly detail: CaseDetail
  readonly isFirst: boolean
  readonly onOpen: (request: CommandRequest) => void
}): ReactElement {
  const { code } = useWords()
  const { action, detail } = props
  const refusal = useRefusal()
  const command = useCommand(detail.lead.case_id)
  const fields = fieldsOf[action.type]
  const isAboutPromise = fields.includes('promise')
  const act = (): void => {
    if (fields.length > 0) {
      const about = action.dispatch_id
      props.onOpen({
        type: action.type,
        dispatchId: isAboutPromise ? '' : about,
        promiseId: isAboutPromise ? about : '',
      })
      return
    }
    const dispatch = action.dispatch_id === '' ? {} : { dispatch_id: action.dispatch_id }
    command.mutate({
      command_id: crypto.randomUUID(),
      expected_sequence: detail.sequence,
      type: action.type,
      ...dispatch,
    })
  }
  return (
    <div className="action">
      <Button
        fullWidth
        variant={props.isFirst ? 'filled' : 'default'}
        data-command={action.type}
        loading={command.isPending}
        onClick={act}
      >
        {code('command', action.type)}
      </Button>
      <span className="action-hint">{code('commandHint', action.type)}</span>
      {command.isError && (
        <span className="action-error" role="alert">
          {refusal(command.error)}
        </span>
      )}
    </div>
  )
}

/** Grouped by reason: "your role may not" once is enough. */
function Unavailable({ actions }: { readonly actions: readonly ActionView[] }): ReactElement | null {
  const { t, of } = useWords()
  if (actions.length === 0) return null
  const byReason = Map.groupBy(actions, (action) => of(action.reason))
  return (
    <details className="unavailable" open>
      <summary>{t('case.unavailable', { count: actions.length })}</summary>
      <ul>
        {[...byReason].map(([reason, group]) => (
          <Refused key={reason} reason={reason} actions={group} />
        ))}
      </ul>
    </details>
  )
}

function Refused({
  reason,
  actions,
}: {
  readonly reason: string
  readonly actions: readonly ActionView[]
}): ReactElement {
  const { code } = useWords()
  const id = useId()
  return (
    <li>
      <span id={id} className="unavailable-reason">
        {reason}
      </span>
      <span className="unavailable-actions">
        {actions.map((action) => (
          <Button
            key={action.type}
            size="compact-xs"
            variant="default"
            disabled
            data-command={action.type}
            aria-describedby={id}
          >
            {code('command', action.type)}
          </Button>
        ))}
      </span>
    </li>
  )
}
