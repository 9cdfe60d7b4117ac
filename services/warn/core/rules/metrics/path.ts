/** Paths of money from subject to subject that end with a flow: how much set out, and over how many payments. Pure. */
import Type from 'typebox'
import { tableOf } from '../../flow.ts'
import { compilePath } from '../paths.ts'
import { Named, object } from '../schema/parts.ts'
import type { Measure, MetricKind, MetricSource } from './metric.ts'

/** Shape in a rule file. */
export const PathStartSpec = object({ ...Named, metric: Type.Literal('path_start') })
/** Shape in a rule file. */
export const PathPaymentsSpec = object({ ...Named, metric: Type.Literal('path_payments') })

/** The first payment of a path, CNY equivalent: the largest, where several end with the flow. */
export const pathStart: MetricKind = {
  isMoney: true,
  needsPath: true,
  compile: (source) => measureOf(source, 'cny', 'start'),
}

/** The payments of a path: the most, where several end with the flow. */
export const pathPayments: MetricKind = {
  needsPath: true,
  compile: (source) => measureOf(source, 'count', 'payments'),
}

function measureOf(
  { rule, reach, pool }: MetricSource,
  unit: Measure['unit'],
  what: 'start' | 'payments',
): Measure {
  const path = compilePath(rule, reach, pool.rates)
  return {
    unit,
    cost: 3,
    needs: 'cny',
    only: tableOf(({ incoming }) => incoming === (path?.spec.shape === 'cycle')),
    bound: (subject) => (subject.paths === undefined ? 0 : Number.POSITIVE_INFINITY),
    measure: (subject, index) => path?.[what](subject, index) ?? Number.NaN,
  }
}
