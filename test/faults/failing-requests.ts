/** Requests that fail: as ordered, and now and then unasked. They fail as they do in life, with a connection that is gone. */
import { setTimeout as delay } from 'node:timers/promises'
import type { RequestFaults } from '../../services/platform/log/kafka/wire/client.ts'
import type { FailureMoment, Order, Report } from './messages.ts'
import { transactionalRequests } from './plan.ts'
import type { Draw } from './random.ts'

const errors: Readonly<Record<FailureMoment, readonly string[]>> = {
  before: ['KafkaJSConnectionError', 'KafkaJSConnectionClosedError'],
  after: ['KafkaJSConnectionClosedError', 'KafkaJSRequestTimeoutError'],
}

/** How long an answer is waited for before it counts as lost: others may act meanwhile. */
const silenceMsMax = 300

/** Faults for the wire of one worker. */
export class FailingRequests {
  private readonly share: number
  private readonly draw: Draw
  private readonly tell: (report: Report) => void
  /** How many are still to fail, by moment and request. */
  private readonly ordered = new Map<string, number>()

  constructor(share: number, draw: Draw, tell: (report: Report) => void) {
    this.share = share
    this.draw = draw
    this.tell = tell
  }

  /** The next requests of a kind fail. */
  order({ request, moment, times }: Extract<Order, { order: 'fail' }>): void {
    const key = `${moment} ${request}`
    this.ordered.set(key, (this.ordered.get(key) ?? 0) + times)
  }

  /** To be handed to the log. */
  readonly faults: RequestFaults = {
    before: async (request) => this.strike('before', request),
    after: async (request) => this.strike('after', request),
  }

  private async strike(moment: FailureMoment, request: string): Promise<void> {
    if (!transactionalRequests.some((known) => known === request)) return
    const key = `${moment} ${request}`
    const left = this.ordered.get(key) ?? 0
    if (left > 0) this.ordered.set(key, left - 1)
    else if (!this.draw.chance(this.share / 2)) return
    this.tell({ report: 'failed', request, moment })
    if (moment === 'after') await delay(this.draw.between(0, silenceMsMax))
    throw Object.assign(new Error(`${request} failed on purpose (${moment})`), {
      name: this.draw.one(errors[moment]),
    })
  }
}
