/** A service that does what its argument says, run as services are: for tests of processes and their supervisor. */
import { MisconfiguredError, runProcess } from '../../services/platform/process/run.ts'
import type { StartedService } from '../../services/platform/process/run.ts'

const [mode = 'serve'] = process.argv.slice(2)

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

async function start(): Promise<StartedService> {
  const { promise: failed, resolve: fail } = Promise.withResolvers<Error>()
  if (mode === 'unable') throw new Error('the toy is broken')
  if (mode === 'misconfigured') throw new MisconfiguredError('the toy lacks a setting')
  if (mode === 'slow') await new Promise((resolve) => process.once('SIGUSR2', resolve))
  if (mode === 'hang') await new Promise(() => undefined)
  if (mode === 'deaf') {
    process.removeAllListeners('SIGTERM')
    process.on('SIGTERM', () => say('not now'))
  }
  if (mode === 'fails-later') process.once('SIGUSR2', () => fail(new Error('the toy broke')))
  if (mode === 'throws-later') {
    process.once('SIGUSR2', () => {
      throw new Error('nobody caught this')
    })
  }
  return {
    url: 'http://toy',
    failed,
    async stop() {
      say(`toy stops ${process.argv[3] ?? ''}`)
      if (mode === 'stubborn') await new Promise(() => undefined)
    },
  }
}

process.exit(await runProcess({ name: 'toy', start }))
