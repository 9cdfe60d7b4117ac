/** Who may do what: role × command, and what a dispatch must look like for it (G7). Pure data and one look-up. */
import type { Role } from '../../../schemas/http/common.ts'
import type { CommandType } from '../../../schemas/http/casework.ts'
import type { Actor, Case } from './case.ts'

/**
 * What a role needs for a command:
 * `lead` – the open lead dispatch of the case is their department's;
 * `member` – any open task of the case is their department's;
 * `reader` – may read the case;
 * `never` – not this role.
 */
export type Permission = 'lead' | 'member' | 'reader' | 'never'

type Row = Readonly<Record<CommandType, Permission>>

const nothing: Row = {
  acknowledge: 'never',
  return: 'never',
  start_verification: 'never',
  record_verification: 'never',
  grade: 'never',
  take_measure: 'never',
  feed_back: 'never',
  close: 'never',
  remind: 'never',
  supervise: 'never',
  comment: 'never',
}

const fieldWork = {
  acknowledge: 'member',
  return: 'member',
  start_verification: 'member',
  record_verification: 'member',
  comment: 'reader',
} as const

/** The permission table. Prosecutors remind, supervise and comment, and edit nothing; the machine is not in it (G8). */
export const permissions: Readonly<Record<Role, Row>> = {
  officer: {
    ...nothing,
    ...fieldWork,
    grade: 'lead',
    take_measure: 'member',
    feed_back: 'lead',
    close: 'lead',
  },
  grid_worker: { ...nothing, ...fieldWork },
  prosecutor: { ...nothing, remind: 'reader', supervise: 'reader', comment: 'reader' },
  regulator: nothing,
  rule_author: nothing,
  auditor: nothing,
  operator: nothing,
}

/** What a role needs for a command. */
export function permissionOf(role: Actor['role'], command: CommandType): Permission {
  return role === 'system' ? 'never' : permissions[role][command]
}

/** How far somebody sees: everything, what was ever sent to their department, or nothing. */
export function sightOf(actor: Actor): 'all' | 'department' | 'none' {
  switch (actor.role) {
    case 'prosecutor':
    case 'auditor':
    case 'system':
      return 'all'
    case 'officer':
    case 'grid_worker':
      return 'department'
    case 'regulator':
    case 'rule_author':
    case 'operator':
      return 'none'
  }
}

/** Whether somebody may read a case. */
export function mayRead(actor: Actor, current: Pick<Case, 'dispatches'>): boolean {
  const sight = sightOf(actor)
  if (sight !== 'department') return sight === 'all'
  return current.dispatches.some((dispatch) => dispatch.department === actor.department)
}

/** Who may have an identity opened, of a case they may read. Auditors check that it was done rightly; they need no names for that. */
export function mayReveal(actor: Actor): boolean {
  return actor.role === 'officer' || actor.role === 'grid_worker' || actor.role === 'prosecutor'
}
