/** One stage of warn on the peers' topics, in a process of its own: `node stage-child.ts split|score`. Told all by its environment. */
import { join } from 'node:path'
import { openKafkaLog } from '../../services/platform/log/kafka/open.ts'
import { createTelemetry } from '../../services/platform/telemetry/telemetry.ts'
import { loadRuleSet, startWarn } from '../../services/warn/app.ts'
import type { WarnStage } from '../../services/warn/app.ts'
import { peerLog } from './log.ts'
import { endings, said, settingsOf } from './settings.ts'
import type { Report } from './settings.ts'

const stage: WarnStage = process.argv[2] === 'split' ? 'split' : 'score'
const settings = settingsOf(process.env)

function tell(report: Report): void {
  // The parent may be gone in this very moment; then this process stops by itself.
  if (process.connected) process.send?.(report, undefined, undefined, () => undefined)
}

/** Stage one waits until stage two would take what it writes. */
async function called(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  process.once('message', resolve)
  tell({ report: 'loaded' })
  await promise
}

/** Resolves when this process is to stop. */
function stopped(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  for (const name of [...endings, 'disconnect'] as const) process.on(name, () => resolve(undefined))
  return promise
}

async function main(): Promise<void> {
  const end = stopped()
  const { bootstrap, prefix, directory, input, output } = settings
  const telemetry = createTelemetry({ service: `peer-${stage}`, level: 'warn' })
  const log = await openKafkaLog({
    connection: { brokers: bootstrap, clientId: `weir-${stage}` },
    directory: join(directory, stage),
    telemetry,
    prefix,
  })
  const ruleSet = await loadRuleSet(new URL('rules.yaml', import.meta.url))
  if (stage === 'split') await Promise.race([called(), end])
  let opened = 0
  let hasBegun = false
  const peers = peerLog(log, {
    input,
    output,
    opened() {
      opened += 1
      if (opened === settings.partitions) tell({ report: 'ready' })
    },
    began() {
      if (!hasBegun) said('FIRST', Date.now())
      hasBegun = true
    },
  })
  const warn = await startWarn({ log: peers, telemetry, stages: [stage], ruleSet, prefix })
  const failure = await Promise.race([end, warn.failed])
  const { user, system } = process.cpuUsage()
  const { maxRSS } = process.resourceUsage()
  tell({ report: 'used', cpuSeconds: (user + system) / 1e6, peakMib: Math.round(maxRSS / 1024) })
  await warn.stop()
  await log.close()
  if (failure !== undefined) throw failure
}

try {
  await main()
  process.exit(0)
} catch (error) {
  process.stderr.write(`${stage}: ${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}
