/** Supervision as a process of its own: its loops, and its HTTP API on a port of its own. */
import { stopAll } from '../platform/lifecycle.ts'
import { serveApi } from '../platform/process/http.ts'
import type { ServiceProcess } from '../platform/process/run.ts'
import { together } from '../platform/process/together.ts'
import { startSupervise } from './app.ts'

/** Run one at a time: live changes are told by the process that folded them in. */
export const superviseProcess: ServiceProcess = {
  name: 'supervise',
  async start(context) {
    const { config, clock, telemetry, health } = context
    const database = await context.database()
    health.register('database', () => database.ping().then(() => true))
    const supervise = await startSupervise({ log: await context.log(), database, clock, telemetry })
    try {
      const description = 'The board: every promise with its clock.'
      const { routes } = supervise
      const api = await serveApi(context, { routes, port: config.supervisePort, description })
      return together([supervise, api], api.url)
    } catch (error) {
      await stopAll([supervise])
      throw error
    }
  },
}
