import { describe, expect, it } from 'vitest'
import { applyProfile, extendedBy } from './profile.ts'

const base = {
  rule_set_id: 'default',
  version: 7,
  rates: [{ currency: 'USD' }],
  scoring: {
    points: { blue: 10, red: 90 },
    combinations: [{ rules: ['R12', 'R13'] }, { rules: ['R07', 'R09'] }],
  },
  rules: [
    {
      id: 'R07',
      version: 1,
      metrics: { payers: { metric: 'count', name: 'payers' } },
      levels: ['high', 'low'],
    },
    { id: 'R09', version: 1, raise: [{ with: ['R12'] }, { with: ['R07', 'R12'] }] },
    { id: 'R12', version: 1 },
  ],
}

describe('a profile', () => {
  it('names the file that it changes', () => {
    expect(extendedBy({ extends: '../default.yaml' })).toBe('../default.yaml')
    expect(extendedBy(base)).toBeUndefined()
  })

  it('changes what it names and leaves the rest', () => {
    const changed = applyProfile(base, {
      extends: '../default.yaml',
      rule_set_id: 'bank-x',
      version: 1,
      rates: [{ currency: 'CZK' }],
      rules: [{ id: 'R07', metrics: { payers: { name: 'people' } }, levels: ['high'] }],
    })
    expect(changed).toEqual({
      ...base,
      rule_set_id: 'bank-x',
      version: 1,
      rates: [{ currency: 'CZK' }],
      rules: [
        { id: 'R07', version: 1, metrics: { payers: { metric: 'count', name: 'people' } }, levels: ['high'] },
        base.rules[1],
        base.rules[2],
      ],
    })
  })

  it('adds a rule of its own', () => {
    expect(applyProfile(base, { rules: [{ id: 'X1' }] })).toMatchObject({ rules: [{}, {}, {}, { id: 'X1' }] })
  })

  it('leaves rules out, with the combinations and raises that need them', () => {
    expect(applyProfile(base, { without: ['R12'] })).toMatchObject({
      scoring: { points: { red: 90 }, combinations: [{ rules: ['R07', 'R09'] }] },
      rules: [{ id: 'R07' }, { id: 'R09', raise: [{ with: ['R07'] }] }],
    })
  })

  it('keeps only the rules that it names', () => {
    expect(applyProfile(base, { only: ['R09', 'X1'], rules: [{ id: 'X1' }] })).toMatchObject({
      scoring: { combinations: [] },
      rules: [{ id: 'R09', raise: [] }, { id: 'X1' }],
    })
  })
})
