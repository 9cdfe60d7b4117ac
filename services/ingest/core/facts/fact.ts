/** Checks one record of a file of facts against the contract (docs/spec/ingest.md). Pure. */
import type { FactContents, FactKind } from '../../../../schemas/fact.ts'
import type { FactColumn, FactFields } from '../../../../schemas/fact-csv.ts'
import type { SubjectKind } from '../../../../schemas/types.ts'
import type { ClearIdentity } from '../../../platform/identity/port.ts'
import { normaliseNumber } from '../../../platform/identity/normalise.ts'
import { asRfc3339, bookedAt } from '../booked-at.ts'
import type { RecordReason, RecordRefusal } from '../reasons.ts'
import { wordsIn } from './watch-words.ts'

/** What stands in where a record says nothing. */
export interface FactDefaults {
  readonly sourceId?: string
  readonly legalBasis?: string
  readonly allowedPurpose?: string
  /** Watch words besides those of the law. */
  readonly words?: readonly string[]
}

/** What one kind says, in the clear: pseudonyms are still numbers. */
export type ClearContent = {
  [Kind in FactKind]: {
    readonly kind: Kind
    readonly content: Omit<FactContents[Kind], 'account' | 'other_id' | 'other_identity' | 'complainant'>
  }
}[FactKind]

/** One checked fact in the clear: it never leaves ingestion like this. Times ms since 1970. */
export interface ClearFact {
  readonly fact_id: string
  readonly event_time: number
  readonly subject: ClearIdentity
  readonly subject_kind: SubjectKind
  readonly subject_region: string
  readonly source_id: string
  readonly legal_basis: string
  readonly allowed_purpose: string
  readonly said: ClearContent
  /** The account opened or closed, the other side of a suit or link; empty where the kind has none. */
  readonly other: ClearIdentity
  /** Who complained; known by number only. */
  readonly complainant: string
}

/** The purpose without which a source may not be used here. */
export const purposeNeeded = 'risk_warning'

const kinds = ['unknown', 'person', 'enterprise', 'institution'] as const
const complaintChannels = ['police', 'hotline', 'petition', 'grid', 'regulator', 'online', 'unknown'] as const
const sixDigits = /^\d{6}$/

const yes = new Set(['true', 'yes', '1', '是', '有'])
const no = new Set(['false', 'no', '0', '否', '无'])

/** A record cannot be taken; thrown inside this file only. */
class Refused extends Error {
  readonly refusal: RecordRefusal
  constructor(reason: RecordReason, detail: string) {
    super(reason)
    this.refusal = { reason, detail }
  }
}

/** Reads the columns of one record. */
class Row {
  private readonly fields: FactFields

  constructor(fields: FactFields) {
    this.fields = fields
  }

  text(column: FactColumn): string {
    return (this.fields[column] ?? '').trim()
  }

  /** A number that normalises to nothing (`-`) says nothing. */
  number(column: FactColumn): string {
    const text = this.text(column)
    return normaliseNumber(text) === '' ? '' : text
  }

  /** A time; a day is its midnight in Shanghai. */
  time(column: FactColumn): number {
    const milliseconds = bookedAt(asRfc3339Day(this.text(column)))
    if (typeof milliseconds === 'string') throw new Refused(milliseconds, column)
    return milliseconds
  }

  optionalTime(column: FactColumn): number {
    return this.text(column) === '' ? 0 : this.time(column)
  }

  /** One of the agreed words; empty is `unknown` where that is one of them. */
  word<const Words extends readonly string[]>(column: FactColumn, words: Words): Words[number] {
    const text = this.text(column).toLowerCase()
    const found = words.find((word) => word === (text === '' ? 'unknown' : text))
    if (found === undefined) throw new Refused('unknown_word', column)
    return found
  }

  isTrue(column: FactColumn): boolean {
    const text = this.text(column).toLowerCase()
    if (yes.has(text)) return true
    if (no.has(text)) return false
    throw new Refused('unknown_word', column)
  }
}

const day = /^\d{4}-\d{2}-\d{2}$/

function asRfc3339Day(text: string): string {
  return day.test(text) ? asRfc3339(text) : text
}

const readers: { readonly [Kind in FactKind]: (row: Row, defaults: FactDefaults) => ClearContent } = {
  account_opened: () => ({ kind: 'account_opened', content: {} }),
  account_closed: () => ({ kind: 'account_closed', content: {} }),
  registration: (row, { words = [] }) => ({
    kind: 'registration',
    content: {
      licensed: row.isTrue('licensed'),
      words: [
        ...new Set([
          ...wordsIn(`${row.text('registered_name')}\n${row.text('business_scope')}`),
          ...wordsIn(`${row.text('registered_name')}\n${row.text('business_scope')}`, words),
        ]),
      ],
    },
  }),
  lawsuit: (row) => ({
    kind: 'lawsuit',
    content: {
      role: row.word('role', ['plaintiff', 'defendant']),
      cause: row.word('cause', ['private_lending', 'loan_contract', 'other', 'unknown']),
    },
  }),
  complaint: (row) => ({
    kind: 'complaint',
    content: {
      channel: row.word('channel', complaintChannels),
    },
  }),
  penalty: (row) => ({
    kind: 'penalty',
    content: {
      form: row.word('form', ['criminal', 'administrative']),
      offence: row.word('offence', [
        'illegal_fund_raising',
        'illegal_lending',
        'fraud',
        'money_laundering',
        'other_financial',
        'other',
      ]),
    },
  }),
  list_entry: (row) => ({
    kind: 'list_entry',
    content: {
      list: row.word('list', [
        'aml40',
        'fundraiser',
        'accused',
        'fraud_card',
        'professional_lender',
        'dishonest_debtor',
      ]),
      removed: row.word('status', ['listed', 'removed']) === 'removed',
    },
  }),
  link: (row) => ({ kind: 'link', content: linkOf(row) }),
}

function linkOf(row: Row): Omit<FactContents['link'], 'other_id' | 'other_identity'> {
  const relation = row.word('relation', [
    'own_account',
    'employer',
    'family',
    'legal_representative',
    'actual_controller',
    'insider',
  ])
  const from = row.optionalTime('from')
  const until = row.optionalTime('until')
  if (until !== 0 && until <= from) throw new Refused('invalid_period', 'until')
  return { relation, from, until }
}

/** Whom or what the fact names besides its subject. */
function otherOf(kind: FactKind, row: Row, subject: ClearIdentity): ClearIdentity {
  if (kind === 'account_opened' || kind === 'account_closed') {
    const account = row.number('account') || subject.account
    if (account === '') throw new Refused('missing_account', 'account')
    return { account, id: '', name: '' }
  }
  const other = {
    account: row.number('other_account'),
    id: row.number('other_id'),
    name: row.text('other_name'),
  }
  if (kind === 'link' && other.account === '' && other.id === '')
    throw new Refused('missing_other', 'other_id')
  return other
}

function subjectOf(row: Row): ClearIdentity {
  const subject = {
    account: row.number('subject_account'),
    id: row.number('subject_id'),
    name: row.text('subject_name'),
  }
  if (subject.account === '' && subject.id === '')
    throw new Refused(subject.name === '' ? 'missing_party' : 'name_only', 'subject')
  return subject
}

/** A source says by which power it delivers and what for; without that nothing of it may be used (domain.md 0.1 no. 4). */
function permission(row: Row, defaults: FactDefaults): { basis: string; purpose: string } {
  const basis = row.text('legal_basis') || (defaults.legalBasis ?? '')
  if (basis === '') throw new Refused('missing_legal_basis', 'legal_basis')
  const purpose = row.text('allowed_purpose') || (defaults.allowedPurpose ?? '')
  const words = purpose.split(';').map((word) => word.trim())
  if (!words.includes(purposeNeeded)) throw new Refused('purpose_not_allowed', 'allowed_purpose')
  return { basis, purpose: words.join(';') }
}

function factOf(kind: FactKind, row: Row, defaults: FactDefaults): ClearFact {
  const factId = row.text('fact_id')
  if (factId === '') throw new Refused('missing_fact_id', 'fact_id')
  if (row.text('event_time') === '') throw new Refused('missing_date', 'event_time')
  const event_time = row.time('event_time')
  const subject = subjectOf(row)
  const region = row.text('subject_region')
  if (region !== '' && !sixDigits.test(region)) throw new Refused('invalid_region', 'subject_region')
  const { basis, purpose } = permission(row, defaults)
  return {
    fact_id: factId,
    event_time,
    subject,
    subject_kind: row.word('subject_kind', kinds),
    subject_region: region,
    source_id: row.text('source_id') || (defaults.sourceId ?? ''),
    legal_basis: basis,
    allowed_purpose: purpose,
    said: readers[kind](row, defaults),
    other: otherOf(kind, row, subject),
    complainant: kind === 'complaint' ? row.number('complainant') : '',
  }
}

/**
 * Checks one record. Blanks around a value do not count; a word outside the contract refuses the record.
 * @returns the fact, or the first reason against it
 */
export function checkFact(
  kind: FactKind,
  fields: FactFields,
  defaults: FactDefaults = {},
): ClearFact | RecordRefusal {
  try {
    return factOf(kind, new Row(fields), defaults)
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
}
