import { describe, expect, it } from 'vitest'
import type { CaseDetail } from '../../../../schemas/http/casework.ts'
import type { CaseState, PromiseView } from '../../../../schemas/http/common.ts'
import { stepsOf } from './progress.ts'

type Given = Pick<CaseDetail, 'lead' | 'promises' | 'dispatches' | 'events'>

function given(
  state: CaseState,
  events: readonly string[] = [],
  promises: readonly Partial<PromiseView>[] = [],
): Given {
  return {
    lead: { state } as CaseDetail['lead'],
    dispatches: [{ dispatch_id: 'h1', purpose: 'handle' }] as CaseDetail['dispatches'],
    promises: promises.map((promise) => ({
      kept_at: null,
      withdrawn_at: null,
      dispatch_id: '',
      ...promise,
    })) as PromiseView[],
    events: events.map((type, index) => ({ type, occurred_at: index })) as CaseDetail['events'],
  }
}

const currentOf = (detail: Given): string | undefined =>
  stepsOf(detail).find((step) => step.position === 'current')?.stage

describe('the steps of a case', () => {
  it.each<[CaseState, string[], string | undefined]>([
    ['alerted', [], 'acknowledge'],
    ['verifying', [], 'verify'],
    ['verifying', ['verified'], 'grade'],
    ['routed', ['verified', 'graded', 'routed'], 'handle'],
    ['handling', [], 'handle'],
    ['handling', ['measure_taken'], 'feed_back'],
    ['fed_back', ['measure_taken'], 'close'],
    ['closed', ['measure_taken'], undefined],
  ])('in state %s after %j the work is at %s', (state, events, stage) => {
    expect(currentOf(given(state, events))).toBe(stage)
  })

  it('show the open deadline that is due first, and the kept one when none is open', () => {
    const steps = stepsOf(
      given(
        'verifying',
        [],
        [
          { promise_id: 'kept', node: 'acknowledge', due_at: 5, kept_at: 3 },
          { promise_id: 'later', node: 'verify', due_at: 20 },
          { promise_id: 'sooner', node: 'verify', due_at: 10 },
        ],
      ),
    )
    expect(steps.find((step) => step.stage === 'acknowledge')?.promise?.promise_id).toBe('kept')
    expect(steps.find((step) => step.stage === 'verify')?.promise?.promise_id).toBe('sooner')
  })

  it('count the handling department’s acknowledgement as routing', () => {
    const steps = stepsOf(
      given('routed', [], [{ promise_id: 'p', node: 'acknowledge', dispatch_id: 'h1', due_at: 1 }]),
    )
    expect(steps.find((step) => step.promise !== undefined)?.stage).toBe('route')
  })
})
