import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { Command, commandTypes } from '../../../../schemas/http/casework.ts'
import type { CommandType } from '../../../../schemas/http/casework.ts'
import { buildCommand, fieldsOf, parseDistrictTime, toDistrictInput } from './build-command.ts'
import type { FormValues } from './build-command.ts'

const context = (type: CommandType) => ({
  type,
  commandId: 'command-1',
  expectedSequence: 4,
  dispatchId: 'd1',
})

const typed: FormValues = {
  reason: ' 资料齐全 ',
  place: '路桥街道某园区',
  visitedAt: '2026-03-14T09:30',
  people: '李丁\n周戊\uFF0C吴己',
  findings: '门店关闭',
  card: 'red',
  kind: '立案侦查',
  legalBasis: '刑法第一百七十六条',
  summary: '已立案',
  paper: '公经立字〔2026〕1 号',
  amountInvolved: '120万',
  amountFrozen: '0',
  amountRecovered: '1,234.56',
  text: '已联系',
  promise: 'p1',
}

describe('a form', () => {
  it.each([...commandTypes])('filled in becomes a %s command that the API accepts', (type) => {
    const built = buildCommand(context(type), typed)
    expect(built.ok).toBe(true)
    if (built.ok) expect([...Value.Errors(Command, built.command)]).toEqual([])
  })

  it.each([...commandTypes])('left empty says of each field of %s that it is needed', (type) => {
    const built = buildCommand(context(type), {})
    const missing = built.ok ? [] : Object.keys(built.errors)
    expect(missing).toEqual([...fieldsOf[type]])
  })

  it('puts amounts in minor units and people one by one', () => {
    const fedBack = buildCommand(context('feed_back'), typed)
    expect(fedBack).toMatchObject({
      command: { result: { amount_involved: 120_000_000, amount_recovered: 123_456 } },
    })
    const verified = buildCommand(context('record_verification'), typed)
    expect(verified).toMatchObject({ command: { verification: { people: ['李丁', '周戊', '吴己'] } } })
  })

  it('takes the time of a visit as the district’s wall clock', () => {
    expect(parseDistrictTime('2026-03-14T09:30')).toBe(Date.UTC(2026, 2, 14, 1, 30))
    expect(toDistrictInput(Date.UTC(2026, 2, 14, 1, 30))).toBe('2026-03-14T09:30')
  })
})
