/** Summaries of runs against adding up flow by flow, while flows come in any order and the oldest are given up. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checked } from '../../../test/support/seed.ts'
import { Household } from './household.ts'
import { IncomingFlow } from './incoming.ts'
import type { RunShape } from './runs.ts'
import { Subject } from './subject.ts'

const prime = 9_973

/** x → a·x + b: the order of flows matters, as it does for money that is followed. */
const affine: RunShape = {
  slot: 0,
  width: 2,
  clear(into, at) {
    into.set([1, 0], at)
  },
  append(into, at, subject, index) {
    affine.join(into, at, Float64Array.of(3, subject.amountAt(index) % prime), 0)
  },
  join(into, at, from, fromAt) {
    const [a = 1, b = 0] = from.subarray(fromAt, fromAt + 2)
    const [x = 1, y = 0] = into.subarray(at, at + 2)
    into.set([(a * x) % prime, (a * y + b) % prime], at)
  },
}

function byHand(subject: Subject, from: number, to: number): number[] {
  const sum = new Float64Array(2)
  affine.clear(sum, 0)
  for (let index = from; index < to; index += 1) affine.append(sum, 0, subject, index)
  return [...sum]
}

function flowAt(time: number): IncomingFlow {
  const flow = new IncomingFlow()
  flow.time = time
  flow.amount = time % 7_919
  flow.bytes = Buffer.from(`t${time}`)
  flow.txnTo = flow.bytes.length
  return flow
}

const steps = fc.array(
  fc.record({
    /** How many flows come, how far back the first lies, what share of the oldest goes, and which part is asked for. */
    come: fc.nat({ max: 700 }),
    back: fc.nat({ max: 400 }),
    goes: fc.constantFrom(0, 0, 0, 0.1, 0.9),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    to: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 12 },
)

describe('the summary of a run of flows', () => {
  it('is that of its flows one after the other, wherever flows were put in or given up before', () =>
    checked(
      fc.property(steps, (list) => {
        const subject = new Subject(1, new Household())
        let time = 1_000
        for (const { come, back, goes, from, to } of list) {
          for (let each = 0; each < come; each += 1) subject.insert(flowAt((time += 2)))
          subject.insert(flowAt(Math.max(1, time - 2 * back - 1)))
          subject.dropOldest(Math.floor(goes * subject.count))
          const first = Math.floor(from * subject.count)
          const last = first + Math.floor(to * (subject.count - first))
          expect([...subject.run(affine, first, last)].slice(0, 2)).toEqual(byHand(subject, first, last))
        }
      }),
      60,
    ))
})
