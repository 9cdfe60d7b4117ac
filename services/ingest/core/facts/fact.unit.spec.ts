import { describe, expect, it, test } from 'vitest'
import { contentOf } from '../../../../schemas/fact.ts'
import type { FactKind } from '../../../../schemas/fact.ts'
import type { FactFields } from '../../../../schemas/fact-csv.ts'
import { testVault } from '../../../../test/ingest/support.ts'
import { canonicalFact, plainFact } from './canonical.ts'
import { checkFact } from './fact.ts'
import type { ClearFact } from './fact.ts'
import { readFactHeader } from './header.ts'
import { wordsIn } from './watch-words.ts'

const common: FactFields = {
  fact_id: 'F1',
  event_time: '2026-01-05',
  subject_id: '999004199001011234',
  subject_name: '测试甲',
  subject_kind: 'person',
  legal_basis: '数据共享协议第3条',
  allowed_purpose: 'risk_warning',
}

const least: Readonly<Record<FactKind, FactFields>> = {
  account_opened: { account: '9990000000000000011' },
  account_closed: { account: '9990000000000000011' },
  registration: { registered_name: '演示理财咨询', business_scope: '信息咨询', licensed: 'no' },
  lawsuit: { role: 'plaintiff', cause: 'private_lending' },
  complaint: { complainant: '13800000000', channel: 'police' },
  penalty: { form: 'administrative', offence: 'illegal_fund_raising' },
  list_entry: { list: 'aml40', status: 'listed' },
  link: { relation: 'family', other_id: '999004199001015678' },
}

function clear(kind: FactKind, changes: FactFields = {}): ClearFact {
  const checked = checkFact(kind, { ...common, ...least[kind], ...changes })
  if ('reason' in checked) throw new Error(`${checked.reason} ${checked.detail}`)
  return checked
}

const reasonOf = (kind: FactKind, changes: FactFields): unknown =>
  checkFact(kind, { ...common, ...least[kind], ...changes })

describe('a fact', () => {
  it.each(Object.keys(least) as FactKind[])('of the kind %s is taken with what it needs', (kind) => {
    expect(contentOf(plainFact(clear(kind))).kind).toBe(kind)
  })

  it('dated by a day happened at its midnight in Shanghai', () => {
    expect(clear('lawsuit').event_time).toBe(Date.UTC(2026, 0, 4, 16))
    expect(clear('lawsuit', { event_time: '2026-01-05T10:00:00+08:00' }).event_time).toBe(
      Date.UTC(2026, 0, 5, 2),
    )
  })

  const refusals: [FactKind, FactFields, string, string][] = [
    ['lawsuit', { fact_id: ' ' }, 'missing_fact_id', 'fact_id'],
    ['lawsuit', { event_time: '' }, 'missing_date', 'event_time'],
    ['lawsuit', { event_time: '05.01.2026' }, 'invalid_date', 'event_time'],
    ['lawsuit', { subject_id: '' }, 'name_only', 'subject'],
    ['lawsuit', { subject_id: '-', subject_name: '' }, 'missing_party', 'subject'],
    ['lawsuit', { role: 'judge' }, 'unknown_word', 'role'],
    ['lawsuit', { role: '' }, 'unknown_word', 'role'],
    ['lawsuit', { subject_kind: 'robot' }, 'unknown_word', 'subject_kind'],
    ['lawsuit', { subject_region: '3310' }, 'invalid_region', 'subject_region'],
    ['lawsuit', { legal_basis: '' }, 'missing_legal_basis', 'legal_basis'],
    ['lawsuit', { allowed_purpose: 'aml_supervision' }, 'purpose_not_allowed', 'allowed_purpose'],
    ['registration', { licensed: '' }, 'unknown_word', 'licensed'],
    ['account_opened', { account: '' }, 'missing_account', 'account'],
    ['link', { other_id: '' }, 'missing_other', 'other_id'],
    ['link', { from: '2026-02-01', until: '2026-01-01' }, 'invalid_period', 'until'],
    ['list_entry', { status: 'maybe' }, 'unknown_word', 'status'],
  ]
  it.each(refusals)('%s with %j is refused: %s (%s)', (kind, changes, reason, detail) => {
    expect(reasonOf(kind, changes)).toEqual({ reason, detail })
  })

  it('may be used for warnings only when its source says so, itself or for the whole delivery', () => {
    const silent = { ...common, ...least.penalty, legal_basis: '', allowed_purpose: '' }
    const given = { legalBasis: '协议', allowedPurpose: 'statistics; risk_warning' }
    expect(checkFact('penalty', silent)).toMatchObject({ reason: 'missing_legal_basis' })
    expect(checkFact('penalty', silent, given)).toMatchObject({
      legal_basis: '协议',
      allowed_purpose: 'statistics;risk_warning',
    })
  })
})

describe('G10: what leaves ingestion', () => {
  const vault = testVault()
  const numbers = ['999004199001011234', '999004199001015678', '9990000000000000011', '13800000000']
  // A source may build its ids from the numbers of its records.
  const ids: Partial<Record<FactKind, string>> = {
    account_opened: '999004199001011234/9990000000000000011',
    complaint: '13800000000',
    link: '999004199001011234-999004199001015678',
  }

  it.each(Object.keys(least) as FactKind[])('of the kind %s holds no number and no name', (kind) => {
    const fact = canonicalFact(clear(kind, { fact_id: `F-${ids[kind] ?? '999004199001011234'}` }), vault)
    const text = JSON.stringify(fact, (_, value: unknown) => (value instanceof Uint8Array ? 'bytes' : value))
    for (const secret of [...numbers, '测试甲', '演示']) expect(text).not.toContain(secret)
  })

  it('names the subject as transactions do: by the id, else by the account', () => {
    expect(canonicalFact(clear('lawsuit'), vault).subject_id).toBe(
      vault.pseudonym('id', '999004199001011234'),
    )
    const account = { subject_id: '', subject_account: '9990000000000000011' }
    expect(canonicalFact(clear('lawsuit', account), vault).subject_id).toBe(
      vault.pseudonym('account', '9990000000000000011'),
    )
  })

  it('of a registration are the watch words found, nothing else of its text', () => {
    const { content } = contentOf(canonicalFact(clear('registration'), vault))
    expect(content).toEqual({ licensed: false, words: ['理财'] })
  })

  it('seals whom the subject is linked with, and never who complained', () => {
    const link = contentOf(canonicalFact(clear('link'), vault))
    expect(link.kind === 'link' && vault.open(link.content.other_identity).id).toBe('999004199001015678')
    expect(contentOf(canonicalFact(clear('complaint'), vault)).content).toEqual({
      complainant: vault.pseudonym('id', '13800000000'),
      channel: 'police',
    })
  })
})

describe('watch words', () => {
  it('are found whatever stands between their characters', () => {
    expect(wordsIn('演示财 富・管理(上海)')).toEqual(['财富管理'])
    expect(wordsIn('演示商行,经营五金')).toEqual([])
  })

  it('of the law may be joined by others that authorities agreed on', () => {
    expect(wordsIn('演示ＡＰＰ养老信托', ['养老', 'App'])).toEqual(['养老', 'App'])
  })
})

test('a header names what it lacks, and what is not read', () => {
  expect(readFactHeader('fact_id,event_time,subject_id,list,status,memo', 'list_entry')).toMatchObject({
    columns: 6,
    ignored: ['memo'],
  })
  expect(readFactHeader('fact_id,event_time,subject_id,list', 'list_entry')).toEqual({
    reason: 'missing_columns',
    detail: 'status',
  })
  expect(readFactHeader('a,b,c', 'list_entry')).toMatchObject({ reason: 'unknown_format' })
})
