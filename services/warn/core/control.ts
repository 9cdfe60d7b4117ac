/** Controls: what the fold depends on besides flows. Pure. */
import type { Control, ControlKind } from '../../../schemas/types.ts'
import type { RuleSetContent } from './rules/rule-file.ts'

const nothing: Control = {
  control_id: '',
  kind: 'unknown',
  issued_at: 0,
  source: -1,
  rule_set_id: '',
  rule_set_version: 0,
  content: '',
  rule_id: '',
  rule_version: 0,
}

/** A control of one kind; what its kind has no use for is left empty. `issued_at`: milliseconds since 1970. */
export function controlOf(kind: ControlKind, facts: Partial<Omit<Control, 'kind'>> = {}): Control {
  return { ...nothing, ...facts, kind }
}

/** The control that puts a set into force. */
export function activationOf({ file, content }: RuleSetContent, facts: Partial<Control> = {}): Control {
  const { rule_set_id, version: rule_set_version } = file
  return controlOf('rule_set_activated', {
    control_id: `rule-set/${rule_set_id}/${rule_set_version}`,
    rule_set_id,
    rule_set_version,
    content,
    ...facts,
  })
}
