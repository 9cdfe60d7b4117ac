/** Runs work one piece at a time for each key; different keys do not wait for each other. */
export interface KeyedQueue {
  run<Result>(key: string, work: () => Promise<Result>): Promise<Result>
  /** Resolves when everything that was asked for has ended, well or badly. */
  idle(): Promise<void>
}

/** An empty queue. */
export function keyedQueue(): KeyedQueue {
  /** The last piece of each key; removed when it ends as the last. */
  const last = new Map<string, Promise<unknown>>()
  return {
    async run(key, work) {
      const before = last.get(key) ?? Promise.resolve()
      const mine = before.then(work, work)
      const ended = mine.catch(() => undefined)
      last.set(key, ended)
      try {
        return await mine
      } finally {
        if (last.get(key) === ended) last.delete(key)
      }
    },
    async idle() {
      while (last.size > 0) await Promise.all(last.values())
    },
  }
}
