/** What callers may learn from a failed statement, the same with both databases. */

/** A statement failed in PGlite; carries what `pg`'s own error carries. */
export class StatementError extends Error {
  /** SQLSTATE, five characters. */
  readonly code: string
  readonly constraint: string | undefined
  readonly table: string | undefined
  readonly detail: string | undefined
  constructor(facts: StatementErrorFacts) {
    super(facts.message)
    this.name = 'StatementError'
    this.code = facts.code
    this.constraint = facts.constraint
    this.table = facts.table
    this.detail = facts.detail
  }
}

/** The plain facts of a {@link StatementError}, as they cross from the worker thread. */
export interface StatementErrorFacts {
  readonly message: string
  readonly code: string
  readonly constraint: string | undefined
  readonly table: string | undefined
  readonly detail: string | undefined
}

/** SQLSTATE of a failed statement (`23505`), or undefined when the error is not one. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined
}

/** True when the statement broke a unique or primary key constraint (of this name, when one is given). */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (sqlState(error) !== '23505') return false
  return (
    constraint === undefined ||
    (error instanceof Error && 'constraint' in error && error.constraint === constraint)
  )
}
