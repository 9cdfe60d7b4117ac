/** One exemption as the engine knows it, and as controls carry it. Pure. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Explanation } from '../../../../schemas/types.ts'
import { dayOf, startOfDay } from '../../../platform/calendar/day.ts'
import { dayName, rfc3339 } from '../time.ts'
import { exemptionKinds, isExemptionKind } from './kinds.ts'

const Grant = Type.Object({
  exemption_id: Type.String({ minLength: 1 }),
  /** An `ExemptionKind`; one that this version does not know is shown as it is. */
  kind: Type.String({ minLength: 1 }),
  /** Pseudonym, as in flows. */
  subject_id: Type.String({ minLength: 1 }),
  /** Pseudonym; empty: whoever it is. */
  counterparty_id: Type.String(),
  rule_ids: Type.Array(Type.String(), { minItems: 1 }),
  /** Event time, milliseconds since 1970: from (inclusive) until (exclusive). */
  valid_from: Type.Integer(),
  valid_until: Type.Integer(),
  approver: Type.String({ minLength: 1 }),
})

const Revocation = Type.Object({
  exemption_id: Type.String({ minLength: 1 }),
  subject_id: Type.String({ minLength: 1 }),
  /** From this event time on it holds no more; what was exempted before stays so. */
  valid_until: Type.Integer(),
})

/** What a subject is exempted from. Without a counterparty its hits are no warnings; with one, payments with that party are left out. */
export type Exemption = Static<typeof Grant>
/** The end of an exemption before its time. */
export type ExemptionRevocation = Static<typeof Revocation>

const grants = Compile(Grant)
const revocations = Compile(Revocation)

function parsed(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}

/** The exemption in the content of a control; undefined when there is none in it. */
export function readGrant(content: string): Exemption | undefined {
  const value = parsed(content)
  return grants.Check(value) ? value : undefined
}

/** The revocation in the content of a control; undefined when there is none in it. */
export function readRevocation(content: string): ExemptionRevocation | undefined {
  const value = parsed(content)
  return revocations.Check(value) ? value : undefined
}

/** Whether an exemption holds at an event time: from its beginning (inclusive) to its end (exclusive). */
export function holdsAt({ valid_from: from, valid_until: until }: Exemption, time: number): boolean {
  return from <= time && time < until
}

/** The end of an exemption for people: its last day, or the moment when it ends within a day. */
export function lastDay(until: number): string {
  const isMidnight = startOfDay(dayOf(until)) === until
  return isMidnight ? dayName(until - 1) : rfc3339(until)
}

/** Kind, end and approver of an exemption, for people. */
export function nameOf({
  kind,
  valid_until: until,
  approver,
}: Pick<Exemption, 'kind' | 'valid_until' | 'approver'>): Explanation {
  const name = isExemptionKind(kind) ? exemptionKinds[kind].name : { zh: kind, en: kind }
  const day = lastDay(until)
  return {
    zh: `${name.zh}，至${day}（批准人：${approver}）`,
    en: `${name.en} until ${day} (approved by ${approver})`,
  }
}
