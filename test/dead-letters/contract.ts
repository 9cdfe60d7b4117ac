/** Dead letters behave the same on every log: listing, showing, replaying exactly once. Uses nothing but the port and the command. */
import { afterEach, beforeEach, describe } from 'vitest'
import { comingBackContract } from './coming-back.ts'
import { commandsContract } from './commands.ts'
import type { LogForLetters } from './harness.ts'
import { replayingContract } from './replaying.ts'
import { servicesContract } from './services.ts'

/** Runs the contract. `open` is called before each test; `runs` bounds the property-based one (default 30). */
export function deadLetterContract(
  name: string,
  open: () => Promise<LogForLetters>,
  { runs = 30 } = {},
): void {
  describe(name, () => {
    let subject: LogForLetters | undefined
    beforeEach(async () => {
      subject = await open()
    })
    afterEach(async () => subject?.remove())
    const current = (): LogForLetters => {
      if (!subject) throw new Error('the log under test is not open')
      return subject
    }
    replayingContract(current, runs)
    comingBackContract(current)
    commandsContract(current)
    servicesContract(current)
  })
}
