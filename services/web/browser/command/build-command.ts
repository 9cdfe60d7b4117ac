/** From what a person typed to a command, or to what is still missing. Pure but for the command's id. */
import type { Command, CommandType } from '../../../../schemas/http/casework.ts'
import { parseAmount } from '../format/money.ts'

/** Names of the form's fields; each is a text. */
export type FieldName =
  | 'reason'
  | 'place'
  | 'visitedAt'
  | 'people'
  | 'findings'
  | 'card'
  | 'kind'
  | 'legalBasis'
  | 'summary'
  | 'paper'
  | 'amountInvolved'
  | 'amountFrozen'
  | 'amountRecovered'
  | 'text'
  | 'promise'

/** What was typed. */
export type FormValues = Readonly<Partial<Record<FieldName, string>>>

/** Why a field is not good yet. */
export type FieldErrors = Readonly<Partial<Record<FieldName, 'required' | 'amountWrong'>>>

/** Fields of each command, in the order in which they are asked. */
export const fieldsOf: Readonly<Record<CommandType, readonly FieldName[]>> = {
  acknowledge: [],
  start_verification: [],
  return: ['reason'],
  record_verification: ['place', 'visitedAt', 'people', 'findings'],
  grade: ['card', 'reason'],
  take_measure: ['kind', 'legalBasis'],
  feed_back: ['summary', 'paper', 'amountInvolved', 'amountFrozen', 'amountRecovered'],
  close: ['summary', 'paper', 'amountInvolved', 'amountFrozen', 'amountRecovered'],
  remind: ['promise', 'reason'],
  supervise: ['promise', 'reason'],
  comment: ['text'],
}

const amounts: readonly FieldName[] = ['amountInvolved', 'amountFrozen', 'amountRecovered']

/** What a command is about besides the form. */
export interface CommandContext {
  readonly type: CommandType
  readonly commandId: string
  readonly expectedSequence: number
  /** Empty when the command is not about a dispatch. */
  readonly dispatchId: string
}

/** The command, or what is wrong with the form. */
export type BuiltCommand =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly errors: FieldErrors }

/** Checks the fields of the command's type and puts them where the API expects them. Spaces around are dropped. */
export function buildCommand(context: CommandContext, typed: FormValues): BuiltCommand {
  const fields = fieldsOf[context.type]
  const values: Partial<Record<FieldName, string>> = {}
  for (const field of fields) values[field] = (typed[field] ?? '').trim()
  const errors = Object.fromEntries(
    fields.flatMap((field) => {
      const error = errorOf(field, values[field] ?? '')
      return error === undefined ? [] : [[field, error]]
    }),
  ) as FieldErrors
  if (Object.keys(errors).length > 0) return { ok: false, errors }
  const command: Command = {
    command_id: context.commandId,
    expected_sequence: context.expectedSequence,
    type: context.type,
    ...(context.dispatchId === '' || fields.includes('promise') ? {} : { dispatch_id: context.dispatchId }),
    ...payloadOf(context.type, values),
  }
  return { ok: true, command }
}

function errorOf(field: FieldName, value: string): 'required' | 'amountWrong' | undefined {
  if (amounts.includes(field)) return parseAmount(value) === undefined ? 'amountWrong' : undefined
  return value === '' ? 'required' : undefined
}

function payloadOf(type: CommandType, values: FormValues): Partial<Command> {
  const { reason = '', text = '' } = values
  switch (type) {
    case 'acknowledge':
    case 'start_verification':
      return {}
    case 'return':
      return { reason }
    case 'comment':
      return { text }
    case 'grade':
      return { reason, card: values.card as Exclude<Command['card'], undefined> }
    case 'remind':
    case 'supervise':
      return { reason, promise_id: values.promise ?? '' }
    case 'take_measure':
      return { measure: { kind: values.kind ?? '', legal_basis: values.legalBasis ?? '' } }
    case 'record_verification':
      return { verification: verificationOf(values) }
    case 'feed_back':
    case 'close':
      return { result: resultOf(values) }
  }
}

function verificationOf(values: FormValues): NonNullable<Command['verification']> {
  return {
    place: values.place ?? '',
    visited_at: parseDistrictTime(values.visitedAt ?? ''),
    people: (values.people ?? '')
      .split(/[\n、,;\uFF0C\uFF1B]/)
      .map((name) => name.trim())
      .filter((name) => name !== ''),
    findings: values.findings ?? '',
  }
}

function resultOf(values: FormValues): NonNullable<Command['result']> {
  return {
    summary: values.summary ?? '',
    paper: values.paper ?? '',
    amount_involved: parseAmount(values.amountInvolved ?? '') ?? 0,
    amount_frozen: parseAmount(values.amountFrozen ?? '') ?? 0,
    amount_recovered: parseAmount(values.amountRecovered ?? '') ?? 0,
  }
}

const shanghaiMs = 8 * 3_600_000

/** A `datetime-local` value (`2026-03-14T09:30`) is the district's wall clock, whatever zone the browser is in. */
export function parseDistrictTime(text: string): number {
  return Date.parse(`${text}Z`) - shanghaiMs
}

/** The value of a `datetime-local` input for a time. */
export function toDistrictInput(ms: number): string {
  return new Date(ms + shanghaiMs).toISOString().slice(0, 16)
}
