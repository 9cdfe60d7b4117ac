import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { defaultRuleFile, lintRuleFile, loadRuleSet, shippedCalendar } from '../../shell/rule-files.ts'
import { readRuleFile, requireRuleFile } from './rule-file.ts'

const text = readFileSync(defaultRuleFile, 'utf8')

function problems(changed: string): string[] {
  const read = readRuleFile(changed, shippedCalendar)
  return 'problems' in read ? read.problems.map(({ path, message }) => `${path} ${message}`) : []
}

describe('a rule file', () => {
  it('shipped with the product can be published', async () => {
    expect(await lintRuleFile(defaultRuleFile)).toEqual([])
    const { file } = await loadRuleSet()
    const ids = file.rules.map((rule) => rule.id)
    expect(ids).toEqual(ids.toSorted())
    expect(ids.every((id) => /^R(0[1-9]|[12]\d|30)$/.test(id))).toBe(true)
  })

  it('carries the working calendar it was published with', async () => {
    const { file } = await loadRuleSet()
    expect(file.calendar.version).toBe(shippedCalendar.version)
    expect(file.calendar.off).toContain('2026-02-17')
    expect(file.calendar.work).toContain('2026-02-14')
  })

  it('has the same canonical text whatever the order of its keys, and when read from it again', async () => {
    const set = await loadRuleSet()
    const again = requireRuleFile(set.content, { version: 'other', off: [], work: [] })
    expect(again.content).toBe(set.content)
    expect(again.sha256).toBe(set.sha256)
  })

  it('is told all its problems at once', () => {
    const broken = text
      .replace('allowed_lateness_ms: 3600000', 'allowed_lateness_ms: -1')
      .replace("amount: '1000000'", 'amounts: 1000000')
      .replace('risk_type: T4', 'risk_type: T99')
      .replace('family: shape', 'famly: shape')
    const found = problems(broken)
    expect(found.some((line) => line.startsWith('/parameters/allowed_lateness_ms'))).toBe(true)
    expect(found.some((line) => line.includes('T(1[0-3]|'))).toBe(true)
    expect(found.some((line) => line.startsWith('/rules/') && line.includes('famly'))).toBe(true)
  })

  it.each([
    ['a metric that is not there', "amount: '1000000'", "amout: '1000000'", 'R01: there is no metric amout'],
    [
      'money as a number',
      "{ total: '500000' }",
      '{ total: 500000 }',
      'R02: total is money: write it as a decimal string',
    ],
    ['a count as money', 'payers: 100', "payers: '100'", 'R12: payers is no money: write it as a number'],
    ['a window of 13 months', 'unit: month, length: 12', 'unit: month, length: 13', '12 months at most'],
    [
      'an unknown name in a sentence',
      '{subject} passed',
      '{object} passed',
      '{object} is neither a metric nor one of',
    ],
    ['a rule twice', 'id: R03', 'id: R02', 'R02 is defined twice'],
    ['a combination with an unknown rule', 'rules: [R12, R13]', 'rules: [R12, R31]', 'there is no rule R31'],
    [
      'levels in the wrong order',
      'level: orange\n        any: [{ payers: 100 }]',
      'level: yellow\n        any: [{ payers: 100 }]',
      'levels go from the highest to the lowest',
    ],
    ['a currency that is none', 'currency: GBP', 'currency: GBX', 'GBX is no ISO 4217 currency'],
    [
      'an aligned window of days',
      'unit: working_day, length: 10',
      'unit: working_day, length: 10, aligned: true',
      'a window of the unit working_day is not aligned',
    ],
  ])('is refused for %s', (_what, from, to, message) => {
    expect(text).toContain(from)
    expect(problems(text.replace(from, to)).join('\n')).toContain(message)
  })

  it('is refused when it is no YAML', () => {
    expect(problems('rules: [')).toHaveLength(1)
    expect(problems('just text')).toEqual(['/ must be a mapping'])
  })
})
