/** Remembers at most `2 × size` results: when the newer half is full it becomes the older half and the older one goes. */
export class RecentCache<Value> {
  readonly #size: number
  #newer = new Map<string, Value>()
  #older = new Map<string, Value>()

  /** @param size entries per half, ≥ 1 */
  constructor(size: number) {
    this.#size = size
  }

  /** The value of `key`, computed when it is not remembered. */
  get(key: string, compute: () => Value): Value {
    const newer = this.#newer.get(key)
    if (newer !== undefined) return newer
    const value = this.#older.get(key) ?? compute()
    if (this.#newer.size >= this.#size) {
      this.#older = this.#newer
      this.#newer = new Map()
    }
    this.#newer.set(key, value)
    return value
  }
}
