/** The amount of one transaction. Pure. */
import Type from 'typebox'
import { fenAt } from '../money.ts'
import { Named, object } from '../schema/parts.ts'
import { unbounded } from './metric.ts'
import type { MetricKind } from './metric.ts'

/** Shape in a rule file. */
export const AmountSpec = object({ ...Named, metric: Type.Literal('amount') })

/** CNY equivalent of the flow itself, fen. */
export const amount: MetricKind = {
  isMoney: true,
  takesConditions: true,
  compile: ({ pool }) => ({
    unit: 'cny',
    cost: 0,
    needs: 'cny',
    bound: unbounded,
    mayReach: (subject, index, least) => fenAt(pool.rates, subject, index) >= least,
    measure: (subject, index) => fenAt(pool.rates, subject, index),
  }),
}
