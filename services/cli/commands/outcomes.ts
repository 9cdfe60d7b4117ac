/** `weir outcomes`: counts and the newest of what is no warning and yet no silence (G3). */
import type { Outcome } from '../../../schemas/types.ts'
import { surveyOutcomes } from '../../warn/app.ts'
import type { OutcomeFilter, OutcomeSurvey } from '../../warn/app.ts'
import { firstDayOf } from '../dates.ts'
import { onConfiguredLog } from '../on-log.ts'
import { CommandError, exitCodes, printJson } from '../terminal.ts'
import type { SubjectOptions } from './exemptions.ts'
import { pseudonymOf } from './exemptions.ts'

/** Options of `weir outcomes`. */
export interface OutcomesOptions extends SubjectOptions {
  readonly kind?: string
  readonly rule?: string
  readonly since?: string
  readonly limit: number
  readonly data?: string
  readonly json?: boolean
}

const kinds = new Set(['unscored', 'late', 'exempted'])

/** Prints them. */
export async function outcomes(options: OutcomesOptions): Promise<void> {
  const { kind, rule, subject, account } = options
  if (kind !== undefined && !kinds.has(kind)) {
    throw new CommandError(`there is no kind ${kind}; there are ${[...kinds].join(', ')}`, exitCodes.usage)
  }
  const since = options.since === undefined ? undefined : firstDayOf(options.since)
  const survey = await onConfiguredLog('outcomes', options.data, async (log, _prefix, openVault) => {
    const isNamed = subject !== undefined || account !== undefined
    const filter: OutcomeFilter = {
      ...(kind !== undefined && { kind }),
      ...(rule !== undefined && { rule }),
      ...(since !== undefined && { since }),
      ...(isNamed && { subject: pseudonymOf(await openVault(), subject, account) }),
    }
    return surveyOutcomes(log, filter, options.limit)
  })
  if (options.json === true) printJson(surveyJson(survey))
  else process.stdout.write(`${surveyText(survey)}\n`)
}

const time = (at: number): string => new Date(at).toISOString()

function surveyJson({ total, groups, newest }: OutcomeSurvey): Readonly<Record<string, unknown>> {
  return {
    total,
    groups,
    outcomes: newest.map((one) => ({ ...one, event_time: time(one.event_time) })),
  }
}

function surveyText({ total, groups, newest }: OutcomeSurvey): string {
  if (total === 0) return '没有 / there are none'
  const table = groups.map(
    ({ kind, reason, rule, outcomes: n }) => `${String(n).padStart(8)}  ${kind}  ${reason}  ${rule}`,
  )
  return [`共 ${total} 条 / ${total} in all`, ...table, '', ...newest.map(lineOf)].join('\n')
}

function lineOf(outcome: Outcome): string {
  const { kind, reason, subject_id: subject, txn_id: txn, explanation, level } = outcome
  const what = explanation.zh === '' ? reason : `${explanation.zh} / ${explanation.en}`
  const rules = `${outcome.rule_ids.join(' ')}${level === '' ? '' : ` ${level}`}`
  return `${time(outcome.event_time)}  ${kind}  ${rules}  ${subject}  ${txn}  ${what}`
}
