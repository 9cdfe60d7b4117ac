/** A helper process of a bench: gets one order, gives one answer. It ends with this process at the latest. */
import { fork } from 'node:child_process'
import { once } from 'node:events'

/** A helper at work. */
export interface Worker<Answer> {
  readonly pid: number | undefined
  /** What it answers; rejects when it ends without an answer. */
  readonly answer: Promise<Answer>
  /** Sends another message. */
  tell(message: object): void
  kill(): void
}

/** Starts a helper. @param onMessage takes what it tells before its answer; returns true for the answer itself */
export function startWorker<Answer>(
  module: URL,
  order: object,
  isAnswer: (message: object) => boolean = () => true,
  onMessage: (message: object) => void = () => undefined,
): Worker<Answer> {
  const child = fork(module, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  child.on('message', (message: object) => {
    if (isAnswer(message)) resolve(message as Answer)
    else onMessage(message)
  })
  child.once('error', reject)
  child.once('exit', (code, signal) =>
    reject(new Error(`${module.pathname} ended with ${signal ?? code ?? '?'} before it answered`)),
  )
  promise.catch(() => undefined)
  child.send(order)
  return {
    pid: child.pid,
    answer: promise,
    tell: (message) => void child.send(message),
    kill: () => void child.kill('SIGKILL'),
  }
}

/** Resolves when a promise does, rejects when the signal aborts first. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw signal.reason
  const stop = new AbortController()
  try {
    return await Promise.race([
      work,
      once(signal, 'abort', { signal: stop.signal }).then(() => Promise.reject(signal.reason as Error)),
    ])
  } finally {
    stop.abort()
  }
}
