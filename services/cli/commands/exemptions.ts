/** `weir exemptions grant|revoke|list`. They work beside running services on the same log. */
import type { ExemptionRecord } from '../../../schemas/types.ts'
import type { IdentityVault } from '../../platform/identity/port.ts'
import { dayMs, dayOf, startOfDay } from '../../platform/calendar/day.ts'
import { grantExemption, readExemptions, revokeExemption } from '../../warn/app.ts'
import type { ExemptionDecision } from '../../warn/app.ts'
import { firstDayOf } from '../dates.ts'
import { exemptionJson, exemptionText } from '../exemptions/render.ts'
import { onConfiguredLog } from '../on-log.ts'
import { systemUser } from '../person.ts'
import { CommandError, exitCodes, printJson, say } from '../terminal.ts'

interface CommonOptions {
  readonly data?: string
  readonly json?: boolean
}

/** A person or enterprise by what the source calls it. */
export interface SubjectOptions {
  readonly subject?: string
  readonly account?: string
}

/** Options of `weir exemptions grant`. */
export interface GrantOptions extends CommonOptions, SubjectOptions {
  readonly kind: string
  readonly counterparty?: string
  readonly counterpartyAccount?: string
  readonly rules?: string
  readonly from?: string
  readonly until: string
  readonly reason: string
  readonly applicant: string
  readonly approver: string
}

/** Options of `weir exemptions revoke`. */
export interface RevokeOptions extends CommonOptions {
  readonly as?: string
  readonly reason?: string
  readonly at?: string
}

/** Options of `weir exemptions list`. */
export interface ListOptions extends CommonOptions, SubjectOptions {
  readonly all?: boolean
}

/** The pseudonym that ingestion gives: of the id, else of the account. @throws CommandError when both are named */
export function pseudonymOf(vault: IdentityVault, id = '', account = ''): string {
  if (id !== '' && account !== '') {
    throw new CommandError(
      '证件号与账号只写一个 / name an id or an account, not both: who has an id is known by it',
      exitCodes.usage,
    )
  }
  return id === '' ? vault.pseudonym('account', account) : vault.pseudonym('id', id)
}

/** An instant, milliseconds since 1970: RFC 3339, or a Shanghai day, whose end is meant for `end`. @throws CommandError */
function timeNamed(text: string, which: 'start' | 'end'): number {
  if (!text.includes('T')) return firstDayOf(text) + (which === 'end' ? dayMs : 0)
  const time = /([Zz]|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) {
    throw new CommandError(
      `"${text}" is no time: write 2026-12-31, or 2026-12-31T18:00:00+08:00`,
      exitCodes.usage,
    )
  }
  return time
}

/** Clear numbers stay out of what is kept (G10). @throws CommandError */
function withoutNumbers(reason: string, numbers: readonly (string | undefined)[]): string {
  if (numbers.some((one) => one !== undefined && one !== '' && reason.includes(one))) {
    throw new CommandError(
      '理由中不要写证件号或账号 / leave ids and account numbers out of the reason: it is kept in the clear',
      exitCodes.usage,
    )
  }
  return reason
}

/** Grants an exemption; exit code 3 when it is refused. Granting the same again changes nothing. */
export async function grant(options: GrantOptions): Promise<void> {
  const { subject, account, counterparty, counterpartyAccount, kind, applicant, approver } = options
  const now = Date.now()
  const reason = withoutNumbers(options.reason, [subject, account, counterparty, counterpartyAccount])
  // From the start of the day: said twice on one day, it is the same exemption.
  const from = options.from === undefined ? startOfDay(dayOf(now)) : timeNamed(options.from, 'start')
  const until = timeNamed(options.until, 'end')
  const ruleIds = (options.rules ?? '').split(',').map((id) => id.trim())
  const decision = await onConfiguredLog('exemptions', options.data, async (log, _prefix, openVault) => {
    const vault = await openVault()
    const subjectId = pseudonymOf(vault, subject, account)
    const counterpartyId = pseudonymOf(vault, counterparty, counterpartyAccount)
    const request = { kind, subjectId, counterpartyId, from, until, reason, applicant, approver }
    return grantExemption(log, { ...request, ruleIds: ruleIds.filter((id) => id !== '') }, now)
  })
  answer(decision, options)
}

/** Ends an exemption; exit code 4 when there is none of that id. */
export async function revoke(exemptionId: string, options: RevokeOptions): Promise<void> {
  const { as: by = systemUser(), reason = '' } = options
  const now = Date.now()
  const at = options.at === undefined ? now : timeNamed(options.at, 'start')
  const decision = await onConfiguredLog('exemptions', options.data, (log) =>
    revokeExemption(log, { exemptionId, at, by, reason }, now),
  )
  answer(decision, options)
}

function answer(decision: ExemptionDecision, { json }: CommonOptions): void {
  if (decision.kind === 'refused') {
    const { code, zh, en } = decision.refusal
    const exitCode = code === 'no_such_exemption' ? exitCodes.notFound : exitCodes.validation
    throw new CommandError(`${zh}\n  ${en}`, exitCode, { reason: code })
  }
  const { kind: outcome, exemption } = decision
  if (json === true) printJson({ outcome, exemption: exemptionJson(exemption, Date.now()) })
  else {
    if (outcome === 'known') say('此前已办 / it was so already; nothing was changed')
    process.stdout.write(`${exemptionText(exemption, Date.now())}\n`)
  }
}

/** Lists exemptions that have not ended; with `--all` every one. */
export async function list(options: ListOptions): Promise<void> {
  const { subject, account } = options
  const now = Date.now()
  const found = await onConfiguredLog('exemptions', options.data, async (log, _prefix, openVault) => {
    const id =
      subject === undefined && account === undefined ? '' : pseudonymOf(await openVault(), subject, account)
    const isMeant = (one: ExemptionRecord): boolean =>
      (id === '' || one.subject_id === id) && (options.all === true || one.valid_until > now)
    return (await readExemptions(log)).filter(isMeant)
  })
  if (options.json === true) printJson({ exemptions: found.map((one) => exemptionJson(one, now)) })
  else if (found.length === 0) say('没有豁免 / there are no exemptions')
  else for (const one of found) process.stdout.write(`${exemptionText(one, now)}\n`)
}
