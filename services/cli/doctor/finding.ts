import type { Bilingual } from '../../../schemas/http/common.ts'

/** `fail`: Weir will not run like this. `warn`: it runs, but something will hurt. */
export type FindingStatus = 'ok' | 'warn' | 'fail'

/** One thing looked at. */
export interface Finding {
  /** Stable name, e.g. `disk`. */
  readonly check: string
  readonly status: FindingStatus
  readonly found: Bilingual
  /** How to mend it; absent when there is nothing to mend. */
  readonly mend?: Bilingual
}

/** All findings, and the worst of their states. */
export interface DoctorReport {
  readonly status: FindingStatus
  readonly findings: readonly Finding[]
}

const order: readonly FindingStatus[] = ['ok', 'warn', 'fail']

/** The worst state among findings. */
export function worst(findings: readonly Finding[]): FindingStatus {
  return order[Math.max(0, ...findings.map(({ status }) => order.indexOf(status)))] ?? 'ok'
}

/** Nothing to mend. */
export function ok(check: string, zh: string, en: string): Finding {
  return { check, status: 'ok', found: { zh, en } }
}

/** Something to mend. */
export function trouble(check: string, status: 'warn' | 'fail', found: Bilingual, mend: Bilingual): Finding {
  return { check, status, found, mend }
}
