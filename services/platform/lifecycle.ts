/** A part that was started and can be stopped. */
export interface Running {
  /** Settles (with the cause) only when the part failed for good by itself; the process then drains and exits 1. */
  readonly failed: Promise<Error>
  /** Finishes the work in hand, releases everything. Idempotent. */
  stop(): Promise<void>
}

/** Stops in reverse order of starting, and reports every failure together. */
export async function stopAll(parts: readonly Pick<Running, 'stop'>[]): Promise<void> {
  const errors: unknown[] = []
  for (const part of parts.toReversed()) {
    try {
      await part.stop()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} part(s) did not stop cleanly`)
}
