import { Alert, Button, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { ReactElement, SyntheticEvent } from 'react'
import type { Identity } from '../../../../schemas/http/casework.ts'
import { send } from '../api/client.ts'
import { caseKey } from '../api/queries.ts'
import { useRefusal } from '../command/use-command.ts'
import { useWords } from '../i18n/index.ts'

/** The identity leaves the screen again by itself. */
const shownMsMax = 120_000
const reasonLengthMin = 5

/** Shows who the subject is, after a reason, which is recorded. */
export function Reveal({ caseId }: { readonly caseId: string }): ReactElement {
  const { t } = useWords()
  const client = useQueryClient()
  const [asking, setAsking] = useState(false)
  const reveal = useMutation({
    mutationFn: (reason: string) =>
      send<Identity>('POST', `/api/cases/${encodeURIComponent(caseId)}/reveal`, { reason }),
    onSuccess: async () => {
      setAsking(false)
      await client.invalidateQueries({ queryKey: caseKey(caseId) })
    },
    gcTime: 0,
  })
  const { reset, data } = reveal
  useEffect(() => {
    if (data === undefined) return undefined
    const timer = setTimeout(reset, shownMsMax)
    return () => clearTimeout(timer)
  }, [data, reset])
  return (
    <section className="panel reveal">
      <h2>{t('case.reveal')}</h2>
      {data !== undefined && <Shown identity={data} onHide={reset} />}
      {data === undefined && asking && (
        <ReasonForm
          pending={reveal.isPending}
          error={reveal.error}
          onSubmit={reveal.mutate}
          onCancel={() => setAsking(false)}
        />
      )}
      {data === undefined && !asking && (
        <>
          <p className="none">{t('case.revealHint')}</p>
          <Button variant="default" size="xs" onClick={() => setAsking(true)}>
            {t('case.reveal')}
          </Button>
        </>
      )}
    </section>
  )
}

function Shown({
  identity,
  onHide,
}: {
  readonly identity: Identity
  readonly onHide: () => void
}): ReactElement {
  const { t } = useWords()
  const rows = [
    ['name', identity.name],
    ['id', identity.id],
    ['account', identity.account],
  ] as const
  return (
    <>
      <p className="none">{t('case.revealed')}</p>
      <dl className="identity">
        {rows.map(([key, value]) => (
          <div key={key}>
            <dt>{t(`case.${key}`)}</dt>
            <dd>{value === '' ? '—' : value}</dd>
          </div>
        ))}
      </dl>
      <Button variant="default" size="xs" onClick={onHide}>
        {t('case.hide')}
      </Button>
    </>
  )
}

function ReasonForm(props: {
  readonly pending: boolean
  readonly error: Error | null
  readonly onSubmit: (reason: string) => void
  readonly onCancel: () => void
}): ReactElement {
  const { t } = useWords()
  const refusal = useRefusal()
  const [reason, setReason] = useState('')
  const [tooShort, setTooShort] = useState(false)
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    const isTooShort = reason.trim().length < reasonLengthMin
    setTooShort(isTooShort)
    if (!isTooShort) props.onSubmit(reason.trim())
  }
  return (
    <form onSubmit={submit} noValidate className="reveal-form">
      <Textarea
        label={t('form.reason')}
        description={t('case.revealHint')}
        withAsterisk
        autosize
        minRows={2}
        value={reason}
        error={tooShort ? t('form.reasonMin', { count: reasonLengthMin }) : undefined}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {props.error !== null && (
        <Alert color="red" variant="outline" role="alert">
          {refusal(props.error)}
        </Alert>
      )}
      <div className="row-buttons">
        <Button size="xs" variant="default" onClick={props.onCancel}>
          {t('app.cancel')}
        </Button>
        <Button size="xs" type="submit" loading={props.pending}>
          {t('case.reveal')}
        </Button>
      </div>
    </form>
  )
}
