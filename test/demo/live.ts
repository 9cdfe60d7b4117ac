/** A demo with a browser app, lived through and looked at from outside. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { CaseDetail, Identity, LeadList } from '../../schemas/http/casework.ts'
import { weir } from '../support/weir.ts'
import type { Ended } from '../support/weir.ts'
import { firstDay, stateFile } from './run.ts'

/** A demo whose story is told and that goes on living. */
export interface LiveDemo {
  /** Of the site, without a slash at the end. */
  readonly url: string
  /** Of health and metrics. */
  readonly operatorUrl: string
  /** Ends it as Ctrl-C does. */
  stop(): Promise<Ended>
}

/** What the demo is. */
export interface LiveDemoOptions {
  readonly directory: string
  readonly transactions: number
  readonly days: number
  readonly seed: number
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function districtTime(directory: string): Promise<number> {
  const text = await readFile(stateFile(directory), 'utf8').catch(() => '{"now":0}')
  return (JSON.parse(text) as { readonly now: number }).now
}

/** Starts a demo at the finest log level and waits until its story is told. @throws Error when it ends before */
export async function liveDemo(options: LiveDemoOptions): Promise<LiveDemo> {
  const { directory, transactions, days, seed } = options
  const metricsPort = await freePort()
  const size = ['--transactions', String(transactions), '--days', String(days), '--seed', String(seed)]
  const { child, ended, said } = weir(
    ['demo', ...size, '--start', firstDay, '--history', '100', '--data', directory, '--port', '0'],
    { WEIR_LOG_LEVEL: 'trace', WEIR_METRICS_PORT: String(metricsPort) },
  )
  const over = Date.parse(`${firstDay}T00:00:00+08:00`) + days * 86_400_000
  const address = (): string | undefined => /http:\/\/[\d.]+:\d+/.exec(said().stderr)?.[0]
  while (address() === undefined || (await districtTime(directory)) <= over) {
    if (child.exitCode !== null) throw new Error(`the demo ended early: ${said().stderr}`)
    await delay(50)
  }
  return {
    url: address() ?? '',
    operatorUrl: `http://127.0.0.1:${metricsPort}`,
    stop() {
      child.kill('SIGINT')
      return ended
    },
  }
}

/** Somebody at a seat. */
export class Visitor {
  private readonly url: string
  private cookie = ''

  constructor(url: string) {
    this.url = url
  }

  private async ask<Answer>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { cookie: this.cookie, 'content-type': 'application/json', 'x-weir-request': '1' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    this.cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? this.cookie
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Answer
  }

  /** Takes a seat of the demo, e.g. `d16-prosecutor`. */
  async sit(seatId: string): Promise<void> {
    await this.ask('POST', '/api/session', { seat_id: seatId })
  }

  leads(): Promise<LeadList> {
    return this.ask('GET', '/api/leads?limit=200')
  }

  case(caseId: string): Promise<CaseDetail> {
    return this.ask('GET', `/api/cases/${caseId}`)
  }

  reveal(caseId: string, reason: string): Promise<Identity> {
    return this.ask('POST', `/api/cases/${caseId}/reveal`, { reason })
  }
}
