/**
 * The contract suite of the log port: every adapter passes all of it, unchanged. It assumes neither consecutive offsets
 * nor that topics are created at once, and gives every test topics and names of its own, so that tests can share a broker.
 */
import { afterEach, beforeEach, describe } from 'vitest'
import { aligningContract } from '../../../test/log/contract/aligning.ts'
import { exactlyOnceContract } from '../../../test/log/contract/exactly-once.ts'
import { followingContract } from '../../../test/log/contract/following.ts'
import type { LogUnderTest } from '../../../test/log/contract/harness.ts'
import { publishingContract } from '../../../test/log/contract/publishing.ts'
import { recordsContract } from '../../../test/log/contract/records.ts'
import { tasksContract } from '../../../test/log/contract/tasks.ts'

/** Runs the contract on an adapter. `open` is called before each test; `runs` bounds the property-based test (default 40). */
export function logContract(name: string, open: () => Promise<LogUnderTest>, { runs = 40 } = {}): void {
  describe(name, () => {
    let subject: LogUnderTest | undefined
    beforeEach(async () => {
      subject = await open()
    })
    afterEach(async () => subject?.remove())
    const current = (): LogUnderTest => {
      if (!subject) throw new Error('the log under test is not open')
      return subject
    }
    recordsContract(current)
    publishingContract(current)
    followingContract(current)
    tasksContract(current)
    aligningContract(current)
    exactlyOnceContract(current, runs)
  })
}
