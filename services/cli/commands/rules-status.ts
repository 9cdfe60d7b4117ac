/** `weir rules status`: which rules in force can find anything, and what they are fed with. */
import { readRulesStatus } from '../../warn/app.ts'
import type { RulesStatus } from '../../warn/app.ts'
import { onConfiguredLog } from '../on-log.ts'
import { count, printJson } from '../terminal.ts'
import type { LogOptions } from './rules-life.ts'

const words = {
  fed: '有数据 fed',
  partly_fed: '部分无数据 partly fed',
  not_fed: '无数据 not fed',
} as const

function text({ set, rules, facts }: RulesStatus): string {
  const lines = rules.map(({ ruleId, name, feeding, missing }) => {
    const lack = missing.length === 0 ? '' : ` (${missing.join(', ')})`
    return `${ruleId}  ${words[feeding]}${lack}  ${name.zh} / ${name.en}`
  })
  const kinds = facts.map(
    ({ kind, delivered, newestEventTime }) =>
      `${kind}  ${count(delivered)}, 最新 newest ${new Date(newestEventTime).toISOString().slice(0, 10)}`,
  )
  return [
    `规则集 rule set ${set ?? '–'}`,
    ...lines,
    '事实 facts',
    ...(kinds.length === 0 ? ['–'] : kinds),
  ].join('\n')
}

/** Prints it. A rule that is not fed was never able to hit: that is not the same as no hit. */
export async function status(options: LogOptions & { readonly json?: boolean }): Promise<void> {
  const found = await onConfiguredLog('rules', options.data, readRulesStatus, 'refuse')
  if (options.json !== true) {
    process.stdout.write(`${text(found)}\n`)
    return
  }
  printJson({
    set: found.set ?? null,
    rules: found.rules.map(({ ruleId, version, name, feeding, missing }) => ({
      rule_id: ruleId,
      version,
      name,
      feeding,
      missing,
    })),
    facts: found.facts.map(({ kind, delivered, newestEventTime, arrivedAt }) => ({
      kind,
      delivered,
      newest_event_time: new Date(newestEventTime).toISOString(),
      arrived_at: new Date(arrivedAt).toISOString(),
    })),
  })
}
