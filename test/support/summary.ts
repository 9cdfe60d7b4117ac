import { writeSync } from 'node:fs'
import type { Reporter, SerializedError, TestModule, TestRunEndReason } from 'vitest/node'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** Counts every test case; a file that could not be loaded, and an error outside of any test, count as one failure each. */
function count(modules: readonly TestModule[], unhandled: readonly SerializedError[]): Counts {
  const counts: Counts = { passed: 0, failed: unhandled.length, skipped: 0 }
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed') counts.passed += 1
      else if (state === 'skipped') counts.skipped += 1
      else counts.failed += 1
    }
    if (module.errors().length > 0) counts.failed += 1
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length > 0 ? 1 : 0
  }
  return counts
}

/** Vitest reporter whose line `N passed, N failed, N skipped` is the last thing the run prints. */
export class SummaryReporter implements Reporter {
  readonly #seed: string
  #line = '0 passed, 1 failed, 0 skipped'

  /** @param seed printed once, with the line that repeats the run */
  constructor(seed: string) {
    this.#seed = seed
  }

  onInit(): void {
    process.stdout.write(`seed ${this.#seed} (repeat with WEIR_SEED=${this.#seed} npm test)\n`)
    process.on('exit', () => {
      writeSync(1, `${this.#line}\n`)
    })
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    const counts = count(modules, unhandled)
    if (reason !== 'passed' && counts.failed === 0) counts.failed = 1
    this.#line = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`
  }
}
