/** The default simulation under the shipped rules: a district in which every rule finds something, and people can keep up. */
import { beforeAll, describe, expect, it } from 'vitest'
import { levels } from '../../services/casework/core/case.ts'
import { defaultSimulation } from '../../services/simulate/app.ts'
import { scoreSimulation } from './score.ts'
import type { Scored } from './score.ts'

let scored: Scored

beforeAll(async () => {
  scored = await scoreSimulation(defaultSimulation)
})

/** Typologies of the transactions a warning shows. */
function typologies(warning: Scored['warnings'][number]): string[] {
  return warning.txn_ids.flatMap((id) => scored.labels.get(id)?.typology ?? [])
}

describe('the default district under the shipped rules', () => {
  it.each(['R01', 'R02', 'R03', 'R06', 'R09', 'R12', 'R13'])('lets %s find something', (ruleId) => {
    expect(scored.warnings.some((warning) => warning.rules[0]?.rule_id === ruleId)).toBe(true)
  })

  it('has warnings of every level, and nothing that could not be scored', () => {
    const found = new Set(scored.warnings.map(({ level }) => level))
    expect(found).toEqual(new Set(levels))
    expect(scored.outcomes).toEqual([])
  })

  it('gives its departments work that they can do: some dozens of leads, not thousands', () => {
    const leads = new Set(scored.warnings.map((warning) => `${warning.subject_id} ${warning.risk_type}`))
    expect(leads.size).toBeGreaterThan(50)
    expect(leads.size).toBeLessThan(250)
    expect(scored.warnings.length).toBeLessThan(800)
  })

  it('finds at least one subject of every scheme', () => {
    const schemes = new Set(
      [...scored.labels.values()].flatMap((label) => (label.is_laundering ? [label.scheme_id] : [])),
    )
    const found = new Set(
      scored.warnings.flatMap(({ txn_ids }) =>
        txn_ids.flatMap((id) => scored.labels.get(id)?.scheme_id ?? []),
      ),
    )
    expect([...schemes].filter((scheme) => !found.has(scheme))).toEqual([])
  })

  it('calls the fund-raising schemes red, by many payers who are paid back', () => {
    const red = scored.warnings.filter(({ level, risk_type }) => level === 'red' && risk_type === 'T1')
    const funds = red.filter((warning) => typologies(warning).includes('illegal_fund_raising'))
    const rules = new Set(funds.flatMap(({ rules: hits }) => hits.map(({ rule_id }) => rule_id)))
    expect(new Set(funds.map(({ subject_id }) => subject_id)).size).toBe(2)
    expect([...rules]).toEqual(expect.arrayContaining(['R12', 'R13']))
  })

  it('is wrong about honest people too: stalls, landlords, home buyers, freight agents', () => {
    const honest = scored.warnings.filter((warning) =>
      typologies(warning).every((name) => name.startsWith('n_')),
    )
    const known = new Set(honest.flatMap(typologies))
    for (const name of ['n_market_stall', 'n_rent', 'n_home_purchase', 'n_freight_agent', 'n_trade']) {
      expect(known).toContain(name)
    }
  })

  it('comes to the same warnings when rows arrive half an hour late', async () => {
    const late = await scoreSimulation({ ...defaultSimulation, disorderMinutes: 30 })
    const facts = (of: Scored): string[] =>
      of.warnings.map((warning) => `${warning.subject_id} ${warning.rules[0]?.rule_id}`).toSorted()
    expect(late.outcomes).toEqual([])
    expect(new Set(facts(late))).toEqual(new Set(facts(scored)))
  })
})
