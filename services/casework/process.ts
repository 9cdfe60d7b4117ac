/** Casework as a process of its own: its loops, and its HTTP API on a port of its own. */
import { chinaCalendar } from '../platform/calendar/china.ts'
import { stopAll } from '../platform/lifecycle.ts'
import { serveApi } from '../platform/process/http.ts'
import type { ServiceProcess } from '../platform/process/run.ts'
import { together } from '../platform/process/together.ts'
import { startCasework } from './app.ts'

/** Run one at a time: a second one takes the outbox over from the first, which then ends. */
export const caseworkProcess: ServiceProcess = {
  name: 'casework',
  async start(context) {
    const { config, clock, telemetry, health } = context
    const database = await context.database()
    health.register('database', () => database.ping().then(() => true))
    const casework = await startCasework({
      log: await context.log(),
      database,
      clock,
      vault: await context.vault(),
      calendar: chinaCalendar,
      telemetry,
      prefix: config.topicPrefix,
    })
    try {
      const description = 'Leads, cases and tasks.'
      const api = await serveApi(context, { routes: casework.routes, port: config.caseworkPort, description })
      return together([casework, api], api.url)
    } catch (error) {
      await stopAll([casework])
      throw error
    }
  },
}
