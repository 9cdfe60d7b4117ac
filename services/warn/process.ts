/** Warn as processes of their own: both stages in one, or a process for each (one per core is the layout to start from). */
import { topics } from '../../schemas/topics.ts'
import type { ServiceProcess } from '../platform/process/run.ts'
import { startWarn } from './app.ts'
import type { WarnStage } from './app.ts'

/** The process that runs the given stages; without any, both. Several of one stage share its partitions. */
export function warnProcess(...stages: readonly WarnStage[]): ServiceProcess {
  return {
    name: ['warn', ...stages].join('-'),
    async start(context) {
      const { config, telemetry, health } = context
      const log = await context.log()
      health.register('log', async () => (await log.offsets(topics.flows)).length > 0)
      const { allowedLatenessMs: lateness, sourceIdleMs: idleAfterMs, topicPrefix: prefix } = config
      return startWarn({
        log,
        telemetry,
        lateness,
        config: { idleAfterMs },
        prefix,
        ...(stages.length === 0 ? {} : { stages }),
      })
    },
  }
}
