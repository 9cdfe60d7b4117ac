import { describe, expect, it } from 'vitest'
import { Origins } from './origins.ts'

describe('origins', () => {
  it('give the same combination the same number, and every other one another', () => {
    const origins = new Origins()
    const all = Array.from({ length: 1_000 }, (_, index) => [index % 10, index % 25, index % 8] as const)
    const numbers = all.map((names) => origins.number(...names))
    expect(origins.size).toBe(200)
    expect(all.map((names) => origins.number(...names))).toEqual(numbers)
    expect(numbers.map((one) => [origins.source(one), origins.region(one), origins.country(one)])).toEqual(
      all,
    )
  })
})
