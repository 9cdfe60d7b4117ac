/** A small district, and how to run its demo to the end. */
import { join } from 'node:path'
import type { DemoSummary } from '../../services/cli/demo/summary.ts'
import type { Ended } from '../support/weir.ts'

/** A small district that still has every story: about nine seconds of work. */
export interface District {
  readonly directory: string
  readonly transactions: number
  readonly days: number
  readonly seed: number
}

/** First day of every demo of the tests. */
export const firstDay = '2026-03-02'

/** The arguments of a demo without a browser, from the beginning to the end. */
export function demoArguments({ directory, transactions, days, seed }: District): string[] {
  return [
    'demo',
    '--once',
    '--json',
    ...['--transactions', String(transactions), '--days', String(days)],
    ...['--seed', String(seed), '--start', firstDay, '--data', directory],
  ]
}

/** Where a demo keeps how far it is. */
export function stateFile(directory: string): string {
  return join(directory, 'demo.json')
}

/** What a demo printed at its end. @throws Error with all it said when it did not end well */
export function summaryOf({ code, signal, stdout, stderr }: Ended): DemoSummary {
  if (code !== 0) {
    throw new Error(`the demo ended with ${code ?? signal ?? '?'}\nstdout: ${stdout}\nstderr: ${stderr}`)
  }
  return JSON.parse(stdout) as DemoSummary
}
