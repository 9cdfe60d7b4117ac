/** The director of the demo: wherever a step is cut off, what is done again finds the clock as it was. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { districtClock } from '../../services/cli/demo/clock.ts'
import { createDirector } from '../../services/cli/demo/director.ts'
import type { Director, Stage } from '../../services/cli/demo/director.ts'
import { loadDemoState } from '../../services/cli/demo/state.ts'
import type { DemoState } from '../../services/cli/demo/state.ts'
import { defaultSimulation, simulate } from '../../services/simulate/app.ts'
import { checked } from '../support/seed.ts'

const root = await mkdtemp(join(tmpdir(), 'weir-director-'))
afterAll(async () => {
  await rm(root, { recursive: true, force: true })
})

const hour = 3_600_000
const days = 2
const start = defaultSimulation.start
const initial: DemoState = { version: 1, seed: 7, transactions: 60, days, start, now: start }
const rows = [...simulate({ ...defaultSimulation, ...initial })]

class Crash extends Error {}

/** What outlives a crash: rows published, and what the crew did about them, each with the time by the clock. */
interface World {
  published: number
  readonly happened: string[]
  newest: number
  /** Steps the crew has to do: when, and about which row. */
  steps: { readonly at: number; readonly row: number }[]
}

/** A stage whose every action may be the last one: `fuel` actions, then the process is gone. */
function stageOf(world: World, directory: string, fuel: number): Stage {
  const clock = districtClock(start)
  let left = fuel
  const act = (happening: string): void => {
    if (left === 0) throw new Crash()
    left -= 1
    world.happened.push(`${clock.now() - start} ${happening}`)
    world.newest = clock.now()
  }
  const work = async (until: number): Promise<number> => {
    let done = 0
    for (;;) {
      const [next] = world.steps.toSorted((a, b) => a.at - b.at || a.row - b.row)
      if (next === undefined || next.at > until) return done
      clock.advanceTo(next.at)
      act(`row ${next.row} handled`)
      world.steps = world.steps.filter((step) => step !== next)
      done += 1
    }
  }
  return {
    directory,
    clock,
    published: async () => world.published,
    async publish(batch, position) {
      act(`rows up to ${position} published`)
      for (let row = world.published; row < position; row += 7) {
        world.steps.push({ at: clock.now() + (row % 5) * 2.5 * hour + 0.25, row })
      }
      world.published += batch.length
    },
    settle: async () => false,
    lastEventAt: async () => world.newest,
    endOfStory: async () => undefined,
    crew: {
      changed: () => undefined,
      workUntil: work,
      nextAt: async () => world.steps.map(({ at }) => at).toSorted((a, b) => a - b)[0],
      finish: async () => work(Infinity),
    },
  }
}

async function tellAll(director: Director): Promise<void> {
  while (!director.isStoryOver()) await director.advance(director.state().now + 6 * hour)
  await director.windUp(start + (days + 1) * 24 * hour)
}

let runs = 0

/** Tells the story with a process for every amount of fuel, and a last one that comes to the end. */
async function told(fuels: readonly number[]): Promise<readonly string[]> {
  runs += 1
  const directory = await mkdtemp(join(root, `run-${runs}-`))
  const world: World = { published: 0, happened: [], newest: 0, steps: [] }
  for (const fuel of [...fuels, Infinity]) {
    try {
      const state = (await loadDemoState(directory)) ?? initial
      await tellAll(await createDirector(stageOf(world, directory, fuel), state, rows))
    } catch (error) {
      if (!(error instanceof Crash)) throw error
    }
  }
  return world.happened
}

it('tells the same story at the same times, however often and wherever it is cut off', async () => {
  const whole = await told([])
  expect(whole.length).toBeGreaterThan(12)
  await checked(
    fc.asyncProperty(fc.array(fc.nat(6), { maxLength: 12 }), async (fuels) => {
      expect(await told(fuels)).toEqual(whole)
    }),
    40,
  )
})
