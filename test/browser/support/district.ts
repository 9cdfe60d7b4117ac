/** A district for browser tests: real log, PGlite, casework, supervise and web in one process, and a clock that the test moves. */
import pino from 'pino'
import { Registry } from 'prom-client'
import { topics } from '../../../schemas/topics.ts'
import type { Warning } from '../../../schemas/types.ts'
import { startCasework } from '../../../services/casework/app.ts'
import type { Casework } from '../../../services/casework/app.ts'
import { authPlugin } from '../../../services/platform/auth/plugin.ts'
import { createSessions, sessionStore } from '../../../services/platform/auth/sessions.ts'
import type { SessionTables } from '../../../services/platform/auth/sessions.ts'
import { chinaCalendar } from '../../../services/platform/calendar/china.ts'
import { systemClock } from '../../../services/platform/clock.ts'
import { stopAll } from '../../../services/platform/lifecycle.ts'
import { startSupervise } from '../../../services/supervise/app.ts'
import type { Supervise } from '../../../services/supervise/app.ts'
import { createWebServer } from '../../../services/web/app.ts'
import { ensureBuilt } from '../../../services/web/build.ts'
import { openVault, testClock, warningRecord } from '../../casework/support.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { temporaryLog } from '../../support/temporary-log.ts'

/** What a test has in hand. */
export interface TestDistrict {
  readonly url: string
  readonly casework: Casework
  readonly supervise: Supervise
  readonly clock: ReturnType<typeof testClock>
  /** Puts warnings on the topic and waits until every part has taken them in. */
  warn(warnings: readonly Warning[]): Promise<void>
  /** Resolves when casework and supervise have seen everything. */
  idle(): Promise<void>
  stop(): Promise<void>
}

/** Starts all of it. About two seconds, and two more when the browser app has to be built. */
export async function startTestDistrict(): Promise<TestDistrict> {
  const [temporary, database, { directory }] = await Promise.all([
    temporaryLog(),
    temporaryDatabase(),
    ensureBuilt(),
  ])
  const { log } = temporary
  await log.ensureTopics(Object.values(topics))
  const clock = testClock()
  const telemetry = () => ({ log: pino({ level: 'silent' }), registry: new Registry() })
  const shared = { log, database, clock }
  const casework = await startCasework({
    ...shared,
    vault: openVault,
    calendar: chinaCalendar,
    telemetry: telemetry(),
  })
  const supervise = await startSupervise({ ...shared, telemetry: telemetry() })
  const sessions = createSessions(await database.open<SessionTables>(sessionStore), systemClock)
  const web = await createWebServer({
    host: '127.0.0.1',
    port: 0,
    auth: authPlugin({ sessions, demo: true, environment: 'test' }),
    plugins: [casework.routes, supervise.routes],
    staticDirectory: directory,
    telemetry: telemetry(),
  })
  const publisher = await log.publisher('browser-test')
  const idle = async (): Promise<void> => {
    await casework.idle()
    await supervise.idle()
  }
  let position = 0
  return {
    url: web.url,
    casework,
    supervise,
    clock,
    idle,
    async warn(warnings) {
      position += 1
      await publisher.publish(
        warnings.map((warning) => warningRecord(warning)),
        position,
      )
      await idle()
    },
    async stop() {
      const closing = [
        { stop: () => temporary.remove() },
        { stop: () => database.close() },
        { stop: () => publisher.close() },
        casework,
        supervise,
        web,
      ]
      await stopAll(closing)
    },
  }
}
