/** Publishing from outside the log: records and the publisher's position in one transaction. */
import type { NewRecord, Publisher } from '../port.ts'
import { LogError } from '../port.ts'
import type { LoopParts } from './loop.ts'
import { wentBack } from './tasks.ts'

interface StoredPublisher {
  readonly fence: number
  readonly position: number
}

/** Opens the publisher `name` and fences whoever held the name before. */
export function openPublisher(parts: LoopParts, name: string): Publisher {
  const { environment, storage, changes, metrics, faults, closing } = parts
  const key = `publisher:${name}`
  const read = (): StoredPublisher =>
    (environment.meta.get(key) as StoredPublisher | undefined) ?? { fence: 0, position: 0 }
  const taken = environment.transact(() => {
    const old = read()
    const mine = { ...old, fence: old.fence + 1 }
    environment.meta.putSync(key, mine)
    return mine
  })
  const { fence } = taken
  let known = taken.position
  let isOpen = true
  const held = (): StoredPublisher => {
    if (!isOpen || closing.aborted) throw new LogError('unavailable', `publisher ${name} is closed`)
    const stored = read()
    if (stored.fence !== fence)
      throw new LogError('fenced', `publisher ${name} was taken over by somebody younger: this one stops`)
    return stored
  }
  return {
    position: async () => {
      environment.refresh()
      return held().position
    },
    publish: async (records: readonly NewRecord[], position: number) => {
      const begun = performance.now()
      faults.before?.()
      environment.transact(() => {
        const stored = held()
        if (stored.position < known) throw wentBack(key, stored.position, known)
        if (!(position > stored.position)) {
          throw new LogError(
            'position_behind',
            `publisher ${name} is at ${stored.position} already, ${position} was given: these records are written, go on behind them`,
          )
        }
        storage.append(records)
        environment.meta.putSync(key, { fence, position })
      })
      known = position
      faults.after?.()
      changes.wake()
      metrics.committed('publish', (performance.now() - begun) / 1000)
    },
    close: async () => {
      isOpen = false
    },
  }
}
