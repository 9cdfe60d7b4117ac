import { describe, expect, it } from 'vitest'
import { accountPrefix, createCast, organisationIdPrefix, personIdPrefix } from './identity.ts'

function passesLuhn(digits: string): boolean {
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, character, index) => {
      const doubled = Number(character) * (index % 2 === 1 ? 2 : 1)
      return total + (doubled > 9 ? doubled - 9 : doubled)
    }, 0)
  return sum % 10 === 0
}

function passesIdCheck(id: string): boolean {
  const sum = Array.from(id).reduce((total, character, index) => {
    const weight = 2 ** (17 - index) % 11
    return total + (character === 'X' ? 10 : Number(character)) * weight
  }, 0)
  return sum % 11 === 1
}

describe('invented identities', () => {
  const cast = createCast()
  const people = Array.from({ length: 5_000 }, () => cast.person('331004'))
  const firms = Array.from({ length: 2_000 }, () => cast.enterprise('331004'))

  it('gives every party an account, an id and a name of its own', () => {
    const parties = [...people, ...firms]
    for (const key of ['account', 'id', 'name'] as const) {
      expect(new Set(parties.map((party) => party[key])).size).toBe(parties.length)
    }
  })

  it('gives accounts that nobody can hold: an unissued prefix and a wrong check digit', () => {
    expect(passesLuhn('79927398713')).toBe(true)
    for (const { account } of [...people, ...firms]) {
      expect(account).toMatch(/^\d{19}$/)
      expect(account.startsWith(accountPrefix)).toBe(true)
      expect(passesLuhn(account)).toBe(false)
    }
  })

  it('gives people numbers with no province, no birthday and a wrong check digit', () => {
    expect(passesIdCheck('11010519491231002X')).toBe(true)
    for (const { id } of people) {
      expect(id).toMatch(/^\d{18}$/)
      expect(id.startsWith(personIdPrefix)).toBe(true)
      expect(id.slice(10, 12)).toBe('13')
      expect(Number(id.slice(12, 14))).toBeGreaterThan(31)
      expect(passesIdCheck(id)).toBe(false)
    }
  })

  it('gives firms credit codes with a letter that such codes do not have', () => {
    for (const { id } of firms) {
      expect(id).toHaveLength(18)
      expect(id.startsWith(organisationIdPrefix)).toBe(true)
    }
  })

  it('names everyone so that a reader sees it is a test', () => {
    for (const { name } of people) expect(name).toMatch(/^测试/)
    for (const { name } of firms) expect(name).toMatch(/^演示/)
    expect(cast.institution('331004', '国库').name).toBe('演示国库')
    expect(cast.foreign('US').name).toMatch(/^Demo /)
  })
})
