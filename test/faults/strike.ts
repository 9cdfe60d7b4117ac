/** Carries faults out. */
import { setTimeout as delay } from 'node:timers/promises'
import { fillBroker, killBroker, pauseBroker, restartBroker, slowBroker } from './brokers.ts'
import type { Brokers } from './brokers.ts'
import type { Crew, Worker } from './crew.ts'
import { limitFiles } from './file-limit.ts'
import type { FailureMoment } from './messages.ts'
import { roleOf } from './plan.ts'
import type { Fault } from './plan.ts'

/** Whom faults strike. */
export interface Stage {
  readonly crew: Crew
  readonly brokers: Brokers
}

/** How long requests are waited for that are to fail. */
const requestMsMax = 8_000
/** How long a process may take to begin. */
const readyMsMax = 15_000
/** How long a publisher may take to notice that it has a successor. */
const fencedMsMax = 15_000

/** Carries a fault out; resolves when its cause is gone. @returns a remark when it did not do what it should */
export async function strike(fault: Fault, stage: Stage): Promise<string | undefined> {
  const { kind, target, lastsMs } = fault
  const { crew, brokers } = stage
  switch (kind) {
    case 'kill':
      return killed(crew, target, lastsMs, false)
    case 'machine-lost':
      return killed(crew, target, lastsMs, true)
    case 'stop':
      return stopped(crew, await crew.worker(target), 0)
    case 'leave':
      return stopped(crew, await crew.worker(target), lastsMs)
    case 'zombie':
      return roleOf(target) === 'publish' ? replaced(crew, target, lastsMs) : zombie(crew, target, lastsMs)
    case 'twin':
      return joined(crew, target, lastsMs)
    case 'join':
      return joined(crew, `${roleOf(target)}-${fault.number + 100}`, lastsMs)
    case 'folder-full':
      return filled(crew, target, lastsMs)
    case 'request-unsent':
      return failed(crew, fault, 'before')
    case 'answer-lost':
      return failed(crew, fault, 'after')
    case 'broker-killed':
      return done(killBroker(brokers.named(target), lastsMs))
    case 'broker-restarted':
      return done(restartBroker(brokers.named(target), lastsMs))
    case 'broker-paused':
      return done(pauseBroker(brokers.named(target), lastsMs))
    case 'broker-slow':
      return done(slowBroker(brokers.named(target), lastsMs))
    case 'broker-full':
      return (await fillBroker(brokers.named(target))) ? undefined : 'it did not go down by itself'
  }
}

async function done(work: Promise<void>): Promise<undefined> {
  await work
  return undefined
}

/** Down at once; somebody starts it again after a while. */
async function killed(crew: Crew, name: string, downMs: number, isLost: boolean): Promise<undefined> {
  const worker = await crew.worker(name)
  worker.isHurt = true
  worker.isDismissed = isLost || downMs > 0
  worker.child.kill('SIGKILL')
  await worker.ended
  if (!worker.isDismissed) return undefined
  if (isLost) crew.loseDirectory(name)
  await delay(downMs)
  startAgain(crew, name)
  return undefined
}

function startAgain(crew: Crew, name: string): void {
  crew.counts.restarts += 1
  crew.start(name)
}

/** Resolves when the worker has begun (or ended, or takes too long): who has not, has nothing to end in an orderly way. */
async function atWork({ ready, ended }: Worker): Promise<void> {
  await Promise.race([ready, ended, delay(readyMsMax)])
}

/** Ends in an orderly way. @returns a remark when it did not */
async function stopped(crew: Crew, worker: Worker, downMs: number): Promise<string | undefined> {
  await atWork(worker)
  worker.isHurt = true
  worker.isDismissed = true
  worker.child.kill('SIGTERM')
  await worker.ended
  await delay(downMs)
  startAgain(crew, worker.name)
  const { exitCode, signalCode } = worker.child
  return exitCode === 0 ? undefined : `it ended with ${exitCode ?? signalCode ?? ''}`
}

async function zombie(crew: Crew, name: string, forMs: number): Promise<undefined> {
  const { child } = await crew.worker(name)
  child.kill('SIGSTOP')
  await delay(forMs)
  child.kill('SIGCONT')
  return undefined
}

/** A publisher stands still, another takes its place, and it wakes up: it must notice and end. */
async function replaced(crew: Crew, name: string, forMs: number): Promise<string | undefined> {
  const former = await crew.worker(name)
  former.isHurt = true
  former.isDismissed = true
  former.child.kill('SIGSTOP')
  const since = performance.now()
  crew.replace(former)
  await Promise.all([crew.progress(['publish'], since, forMs + fencedMsMax), delay(forMs)])
  former.child.kill('SIGCONT')
  const isGone = await Promise.race([former.ended.then(() => true), delay(fencedMsMax, false)])
  if (!isGone) former.child.kill('SIGKILL')
  await former.ended
  return isGone ? undefined : 'the former publisher did not notice its successor'
}

async function joined(crew: Crew, name: string, forMs: number): Promise<string | undefined> {
  const worker = crew.spawn(name)
  worker.isHurt = true
  await atWork(worker)
  await Promise.race([delay(forMs), worker.ended])
  worker.child.kill('SIGTERM')
  await worker.ended
  const { exitCode, signalCode } = worker.child
  return exitCode === 0 ? undefined : `it ended with ${exitCode ?? signalCode ?? ''}`
}

async function filled(crew: Crew, name: string, forMs: number): Promise<undefined> {
  const { child } = await crew.worker(name)
  if (child.pid === undefined) return undefined
  await limitFiles(child.pid, 0)
  await delay(forMs)
  await limitFiles(child.pid, undefined)
  return undefined
}

/** The next requests fail; an id is only taken anew once something else failed before. */
async function failed(crew: Crew, fault: Fault, moment: FailureMoment): Promise<string | undefined> {
  const { target, request, times } = fault
  let left: number = times
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const deaf = crew.hear((name, report) => {
    if (name !== target || report.report !== 'failed' || report.request !== request) return
    left -= 1
    if (left === 0) resolve(true)
  })
  await crew.order(target, { order: 'fail', request, moment, times })
  if (request === 'InitProducerId')
    await crew.order(target, { order: 'fail', request: 'EndTxn', moment: 'after', times: 1 })
  const isMet = await Promise.race([promise, delay(requestMsMax, false)])
  deaf()
  return isMet ? undefined : `${left} of ${times} requests did not come in time`
}
