/** A fact for tests: only what matters in a test is named, the rest is plausible. */
import { bodyOf } from '../../schemas/fact.ts'
import type { FactContent, FactContents, FactKind } from '../../schemas/fact.ts'
import type { Fact } from '../../schemas/types.ts'
import { instant } from './transaction.ts'

const none = Buffer.alloc(0)
let count = 0

const usual: FactContents = {
  account_opened: { account: 'K1' },
  account_closed: { account: 'K1' },
  registration: { licensed: false, words: ['理财'] },
  lawsuit: { role: 'plaintiff', other_id: '', cause: 'private_lending' },
  complaint: { complainant: '', channel: 'police' },
  penalty: { form: 'administrative', offence: 'illegal_fund_raising' },
  list_entry: { list: 'aml40', removed: false },
  link: { relation: 'family', other_id: 'Z', other_identity: none, from: 0, until: 0 },
}

/** Something known about A at a time (RFC 3339, `2026-01-05 10:00` in Shanghai, or milliseconds). Ids count up. */
export function fact<Kind extends FactKind>(
  kind: Kind,
  at: string | number,
  content: Partial<FactContents[Kind]> = {},
  rest: Partial<Fact> = {},
): Fact {
  count += 1
  return {
    fact_id: `F${String(count).padStart(6, '0')}`,
    subject_id: 'A',
    subject_kind: 'unknown',
    subject_region: '331004',
    subject_identity: none,
    event_time: instant(at),
    source_id: 'register_a',
    legal_basis: '协议',
    allowed_purpose: 'risk_warning',
    body: bodyOf({ kind, content: { ...usual[kind], ...content } } as unknown as FactContent),
    ...rest,
  }
}
