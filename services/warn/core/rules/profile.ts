/** Profiles: what one source of data needs otherwise, as changes to a rule file instead of a copy of it. Pure. */

type Mapping = Readonly<Record<string, unknown>>

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Path of the rule file that a file changes, relative to it; undefined when it is a whole rule file. */
export function extendedBy(raw: unknown): string | undefined {
  return isMapping(raw) && typeof raw['extends'] === 'string' ? raw['extends'] : undefined
}

/**
 * A rule file with a profile's changes. Mappings are merged, everything else is replaced. `rules` are met by their `id`; a new id is a new rule.
 * `only` names the rules that stay, `without` those that are left out, with the combinations and raises that need them. The result is unchecked, as both inputs are.
 */
export function applyProfile(base: unknown, profile: unknown): unknown {
  if (!isMapping(base) || !isMapping(profile)) return base
  const { extends: _extends, without, only, rules: changes, ...rest } = profile
  const all = mergeRules(listOf(base['rules']), listOf(changes))
  const gone = new Set(listOf(without))
  if (only !== undefined) {
    const kept = new Set(listOf(only))
    for (const rule of all) if (!kept.has(idOf(rule))) gone.add(idOf(rule))
  }
  const rules = all.filter((rule) => !gone.has(idOf(rule))).map((rule) => withoutRaises(rule, gone))
  const merged = merge(base, rest)
  return isMapping(merged) ? withoutCombinations({ ...merged, rules }, gone) : merged
}

function idOf(rule: unknown): unknown {
  return isMapping(rule) ? rule['id'] : undefined
}

function mergeRules(base: readonly unknown[], changes: readonly unknown[]): unknown[] {
  const changed = base.map((rule) =>
    changes
      .filter((change) => idOf(change) === idOf(rule))
      .reduce((merged, change) => merge(merged, change), rule),
  )
  const known = new Set(base.map(idOf))
  return [...changed, ...changes.filter((change) => !known.has(idOf(change)))]
}

function merge(base: unknown, change: unknown): unknown {
  if (!isMapping(base) || !isMapping(change)) return change
  const merged: Record<string, unknown> = { ...base }
  for (const [name, value] of Object.entries(change)) merged[name] = merge(base[name], value)
  return merged
}

function withoutRaises(rule: unknown, gone: ReadonlySet<unknown>): unknown {
  if (!isMapping(rule) || !Array.isArray(rule['raise']) || gone.size === 0) return rule
  const raise = rule['raise'].flatMap((row: unknown) => {
    if (!isMapping(row)) return [row]
    const left = listOf(row['with']).filter((id) => !gone.has(id))
    return left.length === 0 ? [] : [{ ...row, with: left }]
  })
  return { ...rule, raise }
}

function withoutCombinations(file: Mapping, gone: ReadonlySet<unknown>): Mapping {
  const { scoring } = file
  if (!isMapping(scoring) || gone.size === 0) return file
  const combinations = listOf(scoring['combinations']).filter(
    (row) => !isMapping(row) || !listOf(row['rules']).some((id) => gone.has(id)),
  )
  return { ...file, scoring: { ...scoring, combinations } }
}
