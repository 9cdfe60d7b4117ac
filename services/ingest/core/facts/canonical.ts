/** Facts as they may leave ingestion (G10), and as a replay of one's own file sees them. Pure. */
import { bodyOf } from '../../../../schemas/fact.ts'
import type { FactContent } from '../../../../schemas/fact.ts'
import type { Fact } from '../../../../schemas/types.ts'
import type { ClearIdentity, IdentityVault } from '../../../platform/identity/port.ts'
import { withoutNumbers } from '../canonical.ts'
import type { ClearFact } from './fact.ts'

/** How numbers and identities are written. */
interface Writing {
  number(kind: 'account' | 'id', clear: string): string
  identity(clear: ClearIdentity): Uint8Array
}

const nothing: Uint8Array = Buffer.alloc(0)

/** As transactions name a subject: by the id, else by the account. */
function subjectOf({ id, account }: ClearIdentity, writing: Writing): string {
  return writing.number('id', id) || writing.number('account', account)
}

function contentOf({ said, other, complainant }: ClearFact, writing: Writing): FactContent {
  switch (said.kind) {
    case 'account_opened':
    case 'account_closed':
      return { kind: said.kind, content: { account: writing.number('account', other.account) } }
    case 'lawsuit':
      return { kind: said.kind, content: { ...said.content, other_id: subjectOf(other, writing) } }
    case 'complaint':
      return {
        kind: said.kind,
        content: { ...said.content, complainant: writing.number('id', complainant) },
      }
    case 'link':
      return {
        kind: said.kind,
        content: {
          ...said.content,
          other_id: subjectOf(other, writing),
          other_identity: writing.identity(other),
        },
      }
    default:
      return said
  }
}

function written(clear: ClearFact, factId: string, writing: Writing): Fact {
  return {
    fact_id: factId,
    subject_id: subjectOf(clear.subject, writing),
    subject_kind: clear.subject_kind,
    subject_region: clear.subject_region,
    subject_identity: writing.identity(clear.subject),
    event_time: clear.event_time,
    source_id: clear.source_id,
    legal_basis: clear.legal_basis,
    allowed_purpose: clear.allowed_purpose,
    body: bodyOf(contentOf(clear, writing)),
  }
}

/** Numbers as pseudonyms, identities sealed, registered text left behind. Deterministic for one vault, so a repeat gives the same bytes. */
export function canonicalFact(clear: ClearFact, vault: IdentityVault): Fact {
  const { subject, other, complainant } = clear
  const numbers = [
    ['account', subject.account],
    ['id', subject.id],
    ['account', other.account],
    ['id', other.id],
    ['id', complainant],
  ] as const
  return written(clear, withoutNumbers(clear.fact_id, numbers, vault), {
    number: (kind, number) => vault.pseudonym(kind, number),
    identity: (identity) => vault.seal(identity),
  })
}

/** The fact for `replay`: numbers as the source wrote them, no identities. Only for a file its user already holds; never published. */
export function plainFact(clear: ClearFact): Fact {
  return written(clear, clear.fact_id, { number: (_kind, number) => number, identity: () => nothing })
}
