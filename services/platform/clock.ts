/** Where the shell of casework and supervise takes the time from; cores never do. The demo replaces it by the simulated district's own time. */
export interface Clock {
  /** Milliseconds since 1970. Never runs backwards. */
  now(): number
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() }
