import { Radio, Select, Stack, Textarea, TextInput } from '@mantine/core'
import type { ReactElement } from 'react'
import { useWords } from '../i18n/index.ts'
import { fieldsOf } from './build-command.ts'
import type { FieldErrors, FieldName, FormValues } from './build-command.ts'
import type { CommandType } from '../../../../schemas/http/casework.ts'

/** A choice of a promise, for reminders. */
export interface PromiseChoice {
  readonly value: string
  readonly label: string
}

interface FieldsProps {
  readonly type: CommandType
  readonly values: FormValues
  readonly errors: FieldErrors
  readonly promises: readonly PromiseChoice[]
  readonly onChange: (field: FieldName, value: string) => void
}

const long: readonly FieldName[] = ['reason', 'people', 'findings', 'summary', 'text']
const hints: Readonly<Partial<Record<FieldName, string>>> = {
  people: 'form.peopleHint',
  kind: 'form.kindHint',
  legalBasis: 'form.legalBasisHint',
  paper: 'form.paperHint',
  amountInvolved: 'form.amountHint',
  amountFrozen: 'form.amountHint',
  amountRecovered: 'form.amountHint',
}

/** The fields of one command's form. */
export function Fields(props: FieldsProps): ReactElement {
  return (
    <Stack gap="sm">
      {fieldsOf[props.type].map((name) => (
        <Field key={name} {...props} name={name} />
      ))}
    </Stack>
  )
}

function Field(props: FieldsProps & { readonly name: FieldName }): ReactElement {
  const { t, code } = useWords()
  const { name } = props
  const error = props.errors[name]
  const hint = hints[name]
  const shared = {
    label: t(`form.${name}`),
    description: hint === undefined ? undefined : t(hint),
    error: error === undefined ? undefined : code('form', error),
    withAsterisk: true,
    value: props.values[name] ?? '',
  }
  if (name === 'card') return <CardField {...shared} onChange={(value) => props.onChange('card', value)} />
  if (name === 'promise') {
    return (
      <Select
        {...shared}
        data={[...props.promises]}
        allowDeselect={false}
        onChange={(value) => props.onChange('promise', value ?? '')}
      />
    )
  }
  if (long.includes(name)) {
    return (
      <Textarea
        {...shared}
        autosize
        minRows={2}
        maxRows={8}
        onChange={(event) => props.onChange(name, event.currentTarget.value)}
      />
    )
  }
  return (
    <TextInput
      {...shared}
      {...(name === 'visitedAt' ? { type: 'datetime-local' } : {})}
      {...(name.startsWith('amount') ? { inputMode: 'decimal' as const, rightSection: '元' } : {})}
      onChange={(event) => props.onChange(name, event.currentTarget.value)}
    />
  )
}

const cards = ['red', 'yellow', 'green', 'cleared'] as const

function CardField(props: {
  readonly label: string
  readonly error: string | undefined
  readonly value: string
  readonly onChange: (value: string) => void
}): ReactElement {
  const { code } = useWords()
  return (
    <Radio.Group
      label={props.label}
      error={props.error}
      value={props.value}
      onChange={props.onChange}
      withAsterisk
    >
      <div className="card-choices">
        {cards.map((card) => (
          <Radio.Card key={card} value={card} className={`card-choice card-${card}`}>
            <Radio.Indicator />
            <span>
              <strong>{code('card', card)}</strong>
              <span className="card-meaning">{code('cardMeaning', card)}</span>
            </span>
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  )
}
