import { Button } from '@mantine/core'
import type { ReactElement } from 'react'
import { Link } from 'react-router'
import type { CommandType } from '../../../../schemas/http/casework.ts'
import type { SupervisedPromise } from '../../../../schemas/http/supervise.ts'
import { useWords } from '../i18n/index.ts'
import { LevelBadge, StateBadge } from '../shared/level-badge.tsx'
import { useNames } from '../shared/reference.ts'
import { Due } from '../shared/values.tsx'

/** One deadline. `onAct` undefined: the person may only read. */
export function PromiseRow(props: {
  readonly promise: SupervisedPromise
  readonly onAct: ((promise: SupervisedPromise, type: CommandType) => Promise<void>) | undefined
}): ReactElement {
  const { code } = useWords()
  const { name, short } = useNames()
  const { promise, onAct } = props
  return (
    <tr data-promise={promise.promise_id} data-case={promise.case_id}>
      <td>
        <Link to={`/cases/${promise.case_id}`} className="promise-case">
          <LevelBadge level={promise.level} />
          <span>{name(promise.risk_type)}</span>
          <StateBadge state={promise.state} />
          <span className="promise-case-id">{promise.case_id.slice(0, 8)}</span>
        </Link>
      </td>
      <td>{code('node', promise.node)}</td>
      <td title={name(promise.department)}>{short(promise.department)}</td>
      <td>
        <Due dueAt={promise.due_at} />
      </td>
      <td className="number">{promise.reminders}</td>
      {onAct !== undefined && (
        <td className="promise-acts">
          <Button
            size="compact-sm"
            variant="default"
            data-command="remind"
            onClick={() => void onAct(promise, 'remind')}
          >
            {code('command', 'remind')}
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            data-command="supervise"
            disabled={!promise.overdue}
            onClick={() => void onAct(promise, 'supervise')}
          >
            {code('command', 'supervise')}
          </Button>
        </td>
      )}
    </tr>
  )
}
