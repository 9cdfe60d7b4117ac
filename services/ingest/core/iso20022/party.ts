import type { TransactionFields } from '../../../../schemas/transaction-csv.ts'
import type { SubjectKind } from '../../../../schemas/types.ts'
import { countryCodes } from '../countries.ts'
import type { RecordRefusal } from '../reasons.ts'
import { find, textAt } from './element.ts'
import type { Element } from './element.ts'

/** One side of a payment as a message describes it. Empty where it says nothing. */
export interface Party {
  readonly account: string
  readonly id: string
  readonly name: string
  readonly kind: SubjectKind
  /** ISO 3166 of the party or its bank, or empty. */
  readonly country: string
}

/** The elements that describe one side. */
export interface PartyElements {
  readonly party: Element | undefined
  readonly account: Element | undefined
  readonly agent: Element | undefined
}

const ibanForm = /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/

/** ISO 13616: form and check digits. Blanks do not count. */
export function isIban(text: string): boolean {
  const iban = text.replaceAll(/\s/g, '').toUpperCase()
  if (!ibanForm.test(iban)) return false
  let remainder = 0
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder === 1
}

/** The first that is a country. What is none says nothing: it must not cost the payment. */
function country(...candidates: readonly string[]): string {
  return candidates.find((code) => countryCodes.has(code)) ?? ''
}

const bicPaths = ['FinInstnId/BICFI', 'FinInstnId/BIC'] as const

function bicCountry(agent: Element | undefined): string {
  return textAt(agent, ...bicPaths).slice(4, 6)
}

function institution(party: Element | undefined): Omit<Party, 'account'> {
  const id = textAt(
    party,
    ...bicPaths,
    'FinInstnId/LEI',
    'FinInstnId/ClrSysMmbId/MmbId',
    'FinInstnId/Othr/Id',
  )
  return {
    id,
    name: textAt(party, 'FinInstnId/Nm'),
    kind: 'institution',
    country: country(textAt(party, 'FinInstnId/PstlAdr/Ctry'), bicCountry(party)),
  }
}

function customer(party: Element | undefined): Omit<Party, 'account'> {
  const organisation = find(party, 'Id/OrgId')
  const person = find(party, 'Id/PrvtId')
  const kind = organisation !== undefined ? 'enterprise' : person !== undefined ? 'person' : 'unknown'
  return {
    id: textAt(organisation, 'LEI', 'AnyBIC', 'BICOrBEI', 'Othr/Id') || textAt(person, 'Othr/Id'),
    name: textAt(party, 'Nm'),
    kind,
    country: country(textAt(party, 'PstlAdr/Ctry'), textAt(party, 'CtryOfRes')),
  }
}

/**
 * Reads one side: the account (IBAN, other identification, alias), the party's own identification and what it is.
 * @param side for the refusal
 * @returns the party, or `invalid_iban`: with wrong check digits it would be a subject that does not exist
 */
export function readParty(elements: PartyElements, side: 'payer' | 'payee'): Party | RecordRefusal {
  const iban = textAt(elements.account, 'Id/IBAN')
  if (iban !== '' && !isIban(iban)) return { reason: 'invalid_iban', detail: `${side}_account` }
  // Newer camt versions wrap the party in a choice of party or agent.
  const wrapped = find(elements.party, 'Pty') ?? find(elements.party, 'Agt') ?? elements.party
  const isInstitution = find(wrapped, 'FinInstnId') !== undefined
  const party = isInstitution ? institution(wrapped) : customer(wrapped)
  return {
    ...party,
    account: iban || textAt(elements.account, 'Id/Othr/Id', 'Id/BBAN', 'Id/PrtryAcct/Id', 'Prxy/Id'),
    country: party.country || country(iban.slice(0, 2), bicCountry(elements.agent)),
  }
}

/** The far side's country seen from China: the first one abroad, or empty when none is known. */
export function farCountry(...countries: readonly string[]): string {
  return countries.find((code) => code !== '' && code !== 'CN') ?? ''
}

type SideFields = Pick<TransactionFields, Extract<keyof TransactionFields, `${'payer' | 'payee'}_${string}`>>

/** Both sides as fields of a transaction. ISO 20022 knows no region codes. */
export function sideFields(payer: Party, payee: Party): SideFields {
  return {
    payer_account: payer.account,
    payer_id: payer.id,
    payer_name: payer.name,
    payer_kind: payer.kind,
    payer_region: '',
    payee_account: payee.account,
    payee_id: payee.id,
    payee_name: payee.name,
    payee_kind: payee.kind,
    payee_region: '',
  }
}
