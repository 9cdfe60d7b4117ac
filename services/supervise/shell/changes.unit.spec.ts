import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Changes } from './changes.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const change = (as_of: number) => ({ case_id: 'case-1', type: 'commented', as_of })

describe('changes of the board', () => {
  it('reach a listener at most four times a second, the first at once and the last of a burst in any case', async () => {
    const changes = new Changes('epoch', 0)
    const told: number[] = []
    changes.listen().subscribe(({ data }) => told.push(data.as_of))
    for (let number = 1; number <= 100; number++) {
      changes.publish(change(number))
      await vi.advanceTimersByTimeAsync(10)
    }
    await vi.advanceTimersByTimeAsync(1000)
    expect([told[0], told.at(-1), told.length]).toEqual([1, 100, 5])
  })

  it('have ids that never repeat, and differ from those of another process', () => {
    const [one, other] = [new Changes('one', 0), new Changes('other', 0)]
    const ids = [one.last.id, other.last.id]
    one.publish(change(1))
    ids.push(one.last.id)
    one.publish(change(1))
    ids.push(one.last.id)
    expect(new Set(ids).size).toBe(4)
  })

  it('end when supervision stops, the pending one included', async () => {
    const changes = new Changes('epoch', 0)
    const told: (number | string)[] = []
    changes
      .listen()
      .subscribe({ next: ({ data }) => told.push(data.as_of), complete: () => told.push('end') })
    changes.publish(change(1))
    changes.publish(change(2))
    changes.close()
    await vi.advanceTimersByTimeAsync(1000)
    expect(told).toEqual([1, 2, 'end'])
  })
})
