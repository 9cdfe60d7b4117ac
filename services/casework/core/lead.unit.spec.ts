import { describe, expect, test } from 'vitest'
import { hour, monday, officer, Story, storyIn } from './case.fixture.ts'
import { isSuppressed, suppressionMs } from './lead.ts'

const d01 = officer('D01')
const day = 24 * hour

function cleared(): Story {
  return storyIn('verified').do(d01, { type: 'grade', card: 'cleared', reason: '不属实' })
}

describe('a warning', () => {
  test('opens a lead that is sent to the departments of its risk type', () => {
    const story = new Story({ risk_type: 'T1' })
    expect(story.sent).toEqual([
      'verify lead D01',
      'verify assist D12',
      'verify assist D11',
      'verify assist D04',
    ])
    expect(story.facts[0]).toMatchObject({ type: 'lead_opened', actor: { role: 'system' }, region: '331004' })
  })

  test.each([
    ['blue', []],
    ['yellow', []],
    ['orange', ['D14 331002', 'D16 331002']],
    ['red', ['D14 331002', 'D16 331002', 'D08 331000', 'D14 331000']],
  ] as const)('of level %s also informs %j', (level, copies) => {
    const story = new Story({ risk_type: 'T11', level, subject_region: '331002' })
    const informed = story.current.dispatches.filter((one) => one.purpose === 'inform')
    expect(informed.map((one) => `${one.department} ${one.region}`)).toEqual(copies)
  })

  test.each([
    ['331081', '331081'],
    ['', '331004'],
    ['110000', '331004'],
    ['331000', '331004'],
  ])('on a subject of region %j is led in %s', (subject, region) => {
    expect(new Story({ subject_region: subject }).current.region).toBe(region)
  })

  test('joins the open lead; level and score only rise', () => {
    const story = new Story({ level: 'yellow', score: 0.4 })
    story.warn({ warning_id: 'w2', level: 'blue', score: 0.1, ruleId: 'R02', family: 'size' })
    expect(story.current).toMatchObject({ level: 'yellow', score: 0.4, warnings: 2, ruleIds: ['R12', 'R02'] })
    story.warn({ warning_id: 'w3', level: 'red', score: 0.9 })
    expect(story.current).toMatchObject({ level: 'red', score: 0.9, warnings: 3 })
    expect(story.facts.map((fact) => fact.type)).toEqual([
      'warning_appended',
      'level_raised',
      'dispatched',
      'dispatched',
      'dispatched',
      'dispatched',
    ])
  })

  test('that raises the level shortens what is open: the old deadline is withdrawn, a sooner one made', () => {
    const story = new Story({ level: 'blue' })
    const before = story.promises[0]
    story.warn({ warning_id: 'w2', level: 'red' })
    expect(story.open).toEqual(['acknowledge D01'])
    expect(story.promises[0]).toMatchObject({
      due_at: monday + 2 * hour,
      basis: 'domain 4.3 acknowledge/red = 2 h',
    })
    expect(story.current.promises[0]).toEqual({ ...before, withdrawn_at: monday })
  })

  test('never gives anybody more time', () => {
    const story = new Story({ level: 'yellow' }).wait(34 * hour)
    const before = story.promises
    story.warn({ warning_id: 'w2', level: 'orange' })
    expect(story.promises).toEqual(before)
  })

  test('after a close opens a new lead', () => {
    const story = storyIn('closed').warn({ warning_id: 'w2' })
    expect(story.facts[0]?.type).toBe('lead_opened')
    expect(story.current.caseId).toBe('C2')
  })
})

describe('after a subject was cleared', () => {
  test('a warning of the same kind rests with the cleared case, on record', () => {
    const story = cleared()
      .wait(29 * day)
      .warn({ warning_id: 'w2' })
    expect(story.facts.map((fact) => fact.type)).toEqual(['warning_suppressed'])
    expect(story.current).toMatchObject({ caseId: 'C1', state: 'closed', card: 'cleared', warnings: 1 })
  })

  test.each([
    ['of a higher level', { level: 'orange' }],
    ['of a new family of rules', { ruleId: 'R09', family: 'shape' }],
  ] as const)('a warning %s opens a new lead', (_what, change) => {
    const story = cleared()
      .wait(day)
      .warn({ warning_id: 'w2', ...change })
    expect(story.facts[0]?.type).toBe('lead_opened')
  })

  test('the peace lasts 30 days to the millisecond', () => {
    const { current } = cleared()
    const facts = {
      warningId: 'w2',
      level: 'yellow',
      score: 0,
      ruleIds: [],
      families: ['crowd'],
      headline: { zh: '', en: '' },
    } as const
    expect(isSuppressed(current, facts, monday + suppressionMs - 1)).toBe(true)
    expect(isSuppressed(current, facts, monday + suppressionMs)).toBe(false)
  })
})
