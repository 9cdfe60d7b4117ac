/** Words that every HTTP API of Weir shares. TypeBox: checked on the way in, and nothing that is not in a response schema leaves (ecosystem.md 1.1). */
import Type from 'typebox'
import type { Static } from 'typebox'

/** A string in both languages of the product. */
export const Bilingual = Type.Object({ zh: Type.String(), en: Type.String() })
export type Bilingual = Static<typeof Bilingual>

/** The machine's alert level, ascending. */
export const AlertLevel = Type.Enum(['blue', 'yellow', 'orange', 'red'])
export type AlertLevel = Static<typeof AlertLevel>

/** The human's grade after verification; `none` before it. */
export const GradeCard = Type.Enum(['none', 'red', 'yellow', 'green', 'cleared'])
export type GradeCard = Static<typeof GradeCard>

/** States of a case, domain.md 4.6. A lead is a case in `detected` or `alerted`. */
export const caseStates = [
  'detected',
  'alerted',
  'acknowledged',
  'verifying',
  'graded',
  'routed',
  'handling',
  'fed_back',
  'review',
  'closed',
  'follow_up',
  'archived',
  'returned',
  'entrusted',
  'transferred',
  'merged',
  'paused',
  'reopened',
] as const
/** One of `caseStates`. */
export const CaseState = Type.Enum([...caseStates])
export type CaseState = (typeof caseStates)[number]

/** Nodes that carry a clock, domain.md 4.3. */
export const promiseNodes = [
  'triage',
  'acknowledge',
  'verify',
  'grade',
  'measure',
  'feedback',
  'close',
] as const
/** One of `promiseNodes`. */
export const PromiseNode = Type.Enum([...promiseNodes])
export type PromiseNode = (typeof promiseNodes)[number]

/** What a signed-in person may be. `officer` works for a department, `grid_worker` verifies on site for D12. */
export const roles = [
  'prosecutor',
  'officer',
  'grid_worker',
  'regulator',
  'rule_author',
  'auditor',
  'operator',
] as const
/** One of `roles`. */
export const Role = Type.Enum([...roles])
export type Role = (typeof roles)[number]

/** Problem details, RFC 9457. `code` is stable, `detail` says what to do next. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.String(),
  request_id: Type.String(),
})
export type Problem = Static<typeof Problem>

/** A seat that can be taken in demo mode; in production the same facts come from the identity provider. */
export const Seat = Type.Object({
  seat_id: Type.String(),
  name: Bilingual,
  role: Role,
  /** D01–D17, domain.md 4.1. */
  department: Type.String(),
  department_name: Bilingual,
  region: Type.String(),
})
export type Seat = Static<typeof Seat>

/** Who is signed in. */
export const Session = Type.Object({
  user: Type.String(),
  seat: Seat,
  demo: Type.Boolean(),
  expires_at: Type.Integer(),
})
export type Session = Static<typeof Session>

/** A deadline as shown: clocks are milliseconds of the service's clock, which in the demo is the district's own time. */
export const PromiseView = Type.Object({
  promise_id: Type.String(),
  case_id: Type.String(),
  node: PromiseNode,
  department: Type.String(),
  dispatch_id: Type.String(),
  made_at: Type.Integer(),
  due_at: Type.Integer(),
  /** null while open. */
  kept_at: Type.Union([Type.Integer(), Type.Null()]),
  withdrawn_at: Type.Union([Type.Integer(), Type.Null()]),
  overdue: Type.Boolean(),
  calendar_version: Type.String(),
  /** The year has no official calendar yet; Monday to Friday assumed. */
  provisional: Type.Boolean(),
  basis: Type.String(),
})
export type PromiseView = Static<typeof PromiseView>
