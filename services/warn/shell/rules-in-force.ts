import type { Log } from '../../platform/log/port.ts'
import { readRuleFile } from '../core/rules/rule-file.ts'
import type { RuleFile } from '../core/rules/schema.ts'
import { loadRuleSet, shippedCalendar } from './rule-files.ts'
import { lifeOf, readRuleSteps } from './rule-steps.ts'

/** The rule file that is in force on a log; before the first one, the shipped one. @throws LogError */
export async function rulesInForce(log: Log): Promise<RuleFile> {
  const { active } = lifeOf(await readRuleSteps(log))
  const read = active === undefined ? undefined : readRuleFile(active.content, shippedCalendar)
  return read === undefined || 'problems' in read ? (await loadRuleSet()).file : read.file
}
