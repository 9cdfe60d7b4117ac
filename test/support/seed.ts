import fc from 'fast-check'

/**
 * The seed of every property-based test and random fixture of this run: `WEIR_SEED`, else a random one.
 * `vitest.config.ts` draws it once for all workers and prints the line that repeats the run.
 */
export const seed: number = readSeed()

/**
 * Checks a property with the run's seed, printing seed and path of a counter-example (fast-check does).
 * @param runs how many cases; default fast-check's 100
 */
export async function checked<Inputs>(property: fc.IRawProperty<Inputs>, runs?: number): Promise<void> {
  const size = runs === undefined ? {} : { numRuns: runs }
  await fc.assert(property, { seed, endOnFailure: false, ...size })
}

function readSeed(): number {
  const text = process.env['WEIR_SEED']
  if (text === undefined) {
    const drawn = Math.floor(Math.random() * 2 ** 31)
    process.stderr.write(`seed ${drawn} (repeat with WEIR_SEED=${drawn})\n`)
    return drawn
  }
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new Error(`WEIR_SEED must be an integer, got ${text}`)
  return value
}
