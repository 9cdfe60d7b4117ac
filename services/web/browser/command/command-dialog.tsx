import { Alert, Button, Group, Modal } from '@mantine/core'
import { useRef, useState } from 'react'
import type { ReactElement, SyntheticEvent } from 'react'
import type { CaseDetail, CommandType } from '../../../../schemas/http/casework.ts'
import { readCase } from '../api/queries.ts'
import { useServiceTime } from '../api/service-clock.ts'
import { span } from '../format/time.ts'
import { withoutBasis } from '../format/headline.ts'
import { useWords } from '../i18n/index.ts'
import { useNames } from '../shared/reference.ts'
import { buildCommand, toDistrictInput } from './build-command.ts'
import type { FieldErrors, FieldName, FormValues } from './build-command.ts'
import { Fields } from './fields.tsx'
import type { PromiseChoice } from './fields.tsx'
import { isConflict, useCommand, useRefusal } from './use-command.ts'

/** What a dialog is opened for. */
export interface CommandRequest {
  readonly type: CommandType
  /** Empty when it is about no dispatch. */
  readonly dispatchId: string
  /** remind, supervise: the promise chosen already, or empty. */
  readonly promiseId: string
}

/** The form of one command on one case, in a dialog. The case is the one the person saw when it opened. */
export function CommandDialog(props: {
  readonly detail: CaseDetail
  readonly request: CommandRequest
  readonly onClose: () => void
}): ReactElement {
  const { t, of, code } = useWords()
  const { type } = props.request
  return (
    <Modal
      opened
      onClose={props.onClose}
      size="lg"
      title={<span className="dialog-title">{code('command', type)}</span>}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      <p className="dialog-case">{withoutBasis(of(props.detail.lead.headline))}</p>
      <p className="dialog-hint">{code('commandHint', type)}</p>
      <CommandForm {...props} />
    </Modal>
  )
}

function CommandForm({ detail, request, onClose }: Parameters<typeof CommandDialog>[0]): ReactElement {
  const { t } = useWords()
  const now = useServiceTime()
  const promises = usePromiseChoices(detail, request.type)
  const [values, setValues] = useState<FormValues>(() => startValues(detail, request, promises, now))
  const [errors, setErrors] = useState<FieldErrors>({})
  const [sequence, setSequence] = useState(detail.sequence)
  // One id for all tries of this dialog: a repeat after a lost answer has one effect.
  const commandId = useRef(crypto.randomUUID())
  const command = useCommand(detail.lead.case_id)
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    const context = {
      type: request.type,
      commandId: commandId.current,
      expectedSequence: sequence,
      dispatchId: request.dispatchId,
    }
    const built = buildCommand(context, values)
    setErrors(built.ok ? {} : built.errors)
    if (built.ok) command.mutate(built.command, { onSuccess: onClose })
  }
  const reload = async (): Promise<void> => {
    const fresh = await readCase(detail.lead.case_id)
    setSequence(fresh.sequence)
    commandId.current = crypto.randomUUID()
    command.reset()
  }
  const change = (field: FieldName, value: string): void =>
    setValues((before) => ({ ...before, [field]: value }))
  return (
    <form onSubmit={submit} noValidate>
      <Fields type={request.type} values={values} errors={errors} promises={promises} onChange={change} />
      <Refused error={command.error} onReload={() => void reload()} />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {t('app.cancel')}
        </Button>
        <Button type="submit" loading={command.isPending} disabled={isConflict(command.error)}>
          {t('form.submit')}
        </Button>
      </Group>
    </form>
  )
}

function Refused(props: {
  readonly error: Error | null
  readonly onReload: () => void
}): ReactElement | null {
  const { t } = useWords()
  const refusal = useRefusal()
  if (props.error === null) return null
  if (!isConflict(props.error)) {
    return (
      <Alert color="red" variant="outline" mt="md" role="alert" title={t('form.failed')}>
        {refusal(props.error)}
      </Alert>
    )
  }
  return (
    <Alert color="orange" variant="outline" mt="md" role="alert" title={t('form.conflictTitle')}>
      <p>{t('form.conflictText')}</p>
      <Button size="xs" onClick={props.onReload}>
        {t('form.conflictReload')}
      </Button>
    </Alert>
  )
}

/** Open promises, due first; 督办 is for overdue ones only. */
function usePromiseChoices(detail: CaseDetail, type: CommandType): readonly PromiseChoice[] {
  const { code, t, language } = useWords()
  const { short } = useNames()
  return detail.promises
    .filter((promise) => promise.kept_at === null && promise.withdrawn_at === null)
    .filter((promise) => promise.overdue || type !== 'supervise')
    .toSorted((a, b) => a.due_at - b.due_at)
    .map((promise) => {
      const time = span(promise.due_at - detail.now, language)
      const clock = t(promise.overdue ? 'due.overdue' : 'due.left', { span: time })
      return {
        value: promise.promise_id,
        label: `${short(promise.department)} · ${code('node', promise.node)} · ${clock}`,
      }
    })
}

/** What is known already need not be typed again (WCAG 3.3.7): the time of now, the only overdue promise, the last feedback. */
function startValues(
  detail: CaseDetail,
  request: CommandRequest,
  promises: readonly PromiseChoice[],
  now: number,
): FormValues {
  const promise = request.promiseId === '' ? (promises[0]?.value ?? '') : request.promiseId
  const values: FormValues = { visitedAt: toDistrictInput(now), promise }
  if (request.type !== 'close') return { ...values, amountFrozen: '0', amountRecovered: '0' }
  const fedBack = detail.events.findLast((event) => event.type === 'fed_back')?.details ?? {}
  return {
    ...values,
    summary: fedBack['summary'] ?? '',
    paper: fedBack['paper'] ?? '',
    amountInvolved: unitsOf(fedBack['amount_involved_minor']),
    amountFrozen: unitsOf(fedBack['amount_frozen_minor']),
    amountRecovered: unitsOf(fedBack['amount_recovered_minor']),
  }
}

/** Minor units as text, as events carry them, in units as people type them. */
function unitsOf(minor: string | undefined): string {
  return minor === undefined || !/^\d+$/.test(minor) ? '' : String(Number(minor) / 100)
}
