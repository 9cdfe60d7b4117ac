import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LeadSummary } from '../../schemas/http/casework.ts'
import { crewAgenda, crewStep } from '../../services/cli/demo/crew/crew.ts'
import type { CrewInput } from '../../services/cli/demo/crew/crew.ts'
import { checked } from '../support/seed.ts'
import { leadOf, ToyCases } from './toy-cases.ts'

const share = fc.double({ min: 0, max: 1, noNaN: true })
const plan = fc.record({
  justLate: share,
  veryLate: share,
  returned: share,
  reminded: share,
  supervised: share,
})
const leads: fc.Arbitrary<LeadSummary[]> = fc
  .array(
    fc.record({
      level: fc.constantFrom('red' as const, 'orange' as const, 'yellow' as const, 'blue' as const),
      risk_type: fc.constantFrom('T0', 'T1', 'T3', 'T4'),
      rule_ids: fc.subarray(['R01', 'R02', 'R06', 'R09', 'R12', 'R13']),
      opened_at: fc.integer({ min: 0, max: 10 ** 9 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((all) => all.map((lead, index) => leadOf({ ...lead, case_id: `case-${index}` })))

/** Moves time from one intent to the next until nobody has anything to do. */
function playOut(
  toy: ToyCases,
  input: Omit<CrewInput, 'tasks' | 'now' | 'caseInfo'>,
  stepsMax: number,
): number {
  let now = 10 ** 9
  for (let step = 0; step < stepsMax; step += 1) {
    const look = { ...input, now, tasks: toy.tasks(now), caseInfo: toy.caseInfo }
    const [next] = crewAgenda(look)
    if (next === undefined) return step
    now = Math.max(now, next.at)
    for (const given of crewStep({ ...look, now, tasks: toy.tasks(now) })) toy.apply(given, now)
  }
  return stepsMax
}

describe('any crew', () => {
  it('brings every case to its end when the desks are cleared, in a bounded number of steps', async () => {
    await checked(
      fc.property(fc.integer(), plan, leads, (seed, shares, all) => {
        const toy = new ToyCases(all)
        expect(playOut(toy, { seed, plan: shares, drain: true }, 10)).toBeLessThan(10)
        expect(toy.tasks(0)).toEqual([])
        expect(toy.done.every(({ command }) => command.type !== 'return')).toBe(true)
      }),
    )
  })

  it('brings every case to its end by its own pace too, and never repeats a command id', async () => {
    await checked(
      fc.property(fc.integer(), plan, leads, (seed, shares, all) => {
        const toy = new ToyCases(all)
        const stepsMax = all.length * 40
        expect(playOut(toy, { seed, plan: shares }, stepsMax)).toBeLessThan(stepsMax)
        const ids = toy.done.map(({ command }) => command.command_id)
        expect(new Set(ids).size).toBe(ids.length)
      }),
    )
  })

  it('gives the same commands for the same state, whatever the order of the tasks', async () => {
    await checked(
      fc.property(
        fc.integer(),
        plan,
        leads,
        fc.integer({ min: 0, max: 10 ** 10 }),
        (seed, shares, all, now) => {
          const toy = new ToyCases(all)
          const input = { seed, plan: shares, now, caseInfo: toy.caseInfo }
          const forward = crewStep({ ...input, tasks: toy.tasks(now) })
          expect(crewStep({ ...input, tasks: toy.tasks(now).toReversed() })).toEqual(forward)
        },
      ),
    )
  })
})
