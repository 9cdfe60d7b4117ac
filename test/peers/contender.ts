/** Weir as a contender of the peer benchmark: both stages of warn as processes of their own. `npm run -s peer-contender` */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { endings, said, settingsOf } from './settings.ts'
import type { Report } from './settings.ts'

const main = fileURLToPath(new URL('stage-child.ts', import.meta.url))
const stages = ['score', 'split'] as const

type StageName = (typeof stages)[number]

class Contender {
  private readonly children = new Map<StageName, ChildProcess>()
  private readonly used: Record<string, number> = {}
  private readonly ended: Promise<void>[] = []
  private readonly told = new Set<string>()
  private isStopping = false

  start(): void {
    for (const stage of stages) this.startStage(stage)
  }

  private startStage(stage: StageName): void {
    const child = spawn(process.execPath, [main, stage], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.children.set(stage, child)
    child.on('message', (message) => this.hear(stage, message as Report))
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.ended.push(promise)
    child.once('close', (code, signal) => {
      resolve(undefined)
      if (!this.isStopping) this.fail(`${stage} ended with ${signal ?? code ?? '?'}`)
    })
    child.once('error', (error) => {
      resolve(undefined)
      this.fail(`${stage} could not be started: ${error.message}`)
    })
  }

  private hear(stage: StageName, report: Report): void {
    if (report.report === 'used') {
      this.used[`${stage}_cpu_s`] = report.cpuSeconds
      this.used[`${stage}_peak_mib`] = report.peakMib
      return
    }
    this.told.add(`${stage} ${report.report}`)
    const isTakingFlows = this.told.has('score ready')
    if (isTakingFlows && this.told.has('split loaded') && !this.told.has('called')) {
      this.told.add('called')
      this.children.get('split')?.send({ order: 'read' })
    }
    if (isTakingFlows && report.report === 'ready' && stage === 'split') said('READY', Date.now())
  }

  private fail(message: string): void {
    process.stderr.write(`${message}\n`)
    process.exitCode = 1
    void this.stop()
  }

  async stop(): Promise<void> {
    if (this.isStopping) return
    this.isStopping = true
    for (const child of this.children.values()) child.kill('SIGTERM')
    await Promise.all(this.ended)
    said('STATS', JSON.stringify(this.used))
    process.exit()
  }
}

settingsOf(process.env)
const contender = new Contender()
for (const signal of endings) process.on(signal, () => void contender.stop())
contender.start()
