import { NativeSelect, TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { ReactElement } from 'react'
import { riskTypes } from '../../../../schemas/reference.ts'
import { useWords } from '../i18n/index.ts'

/** Filters of the inbox, as they stand in the address and in GET /api/leads. */
export const filterNames = ['state', 'level', 'risk_type', 'q'] as const

const levels = ['red', 'orange', 'yellow', 'blue'] as const

/** Waiting this long after a key press keeps typing from being one request per letter. */
const typingMs = 300

/** Level, risk type and free text; the state is chosen by the tabs. */
export function Filters(props: {
  readonly parameters: URLSearchParams
  readonly onSet: (name: string, value: string) => void
}): ReactElement {
  const { t, code, of } = useWords()
  const any = { value: '', label: t('inbox.any') }
  return (
    <div className="filters">
      <Search value={props.parameters.get('q') ?? ''} onSet={(value) => props.onSet('q', value)} />
      <NativeSelect
        label={t('inbox.level')}
        value={props.parameters.get('level') ?? ''}
        onChange={(event) => props.onSet('level', event.currentTarget.value)}
        data={[any, ...levels.map((level) => ({ value: level, label: code('level', level) }))]}
      />
      <NativeSelect
        label={t('inbox.risk')}
        value={props.parameters.get('risk_type') ?? ''}
        onChange={(event) => props.onSet('risk_type', event.currentTarget.value)}
        data={[
          any,
          ...riskTypes.map((risk) => ({ value: risk.code, label: `${risk.code} ${of(risk.name)}` })),
        ]}
      />
    </div>
  )
}

function Search({
  value,
  onSet,
}: {
  readonly value: string
  readonly onSet: (value: string) => void
}): ReactElement {
  const { t } = useWords()
  const [text, setText] = useState(value)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  // The address may change by itself: the back button, "clear filters".
  useEffect(() => setText(value), [value])
  useEffect(() => () => clearTimeout(timer.current), [])
  return (
    <TextInput
      className="filters-search"
      type="search"
      data-search
      label={t('inbox.search')}
      value={text}
      onChange={(event) => {
        const next = event.currentTarget.value
        setText(next)
        clearTimeout(timer.current)
        timer.current = setTimeout(() => onSet(next.trim()), typingMs)
      }}
    />
  )
}
