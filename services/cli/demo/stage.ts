import { topics } from '../../../schemas/topics.ts'
import type { Principal } from '../../casework/app.ts'
import type { District } from '../compose.ts'
import type { Platform } from '../platform.ts'
import { crewDesk } from './crew-desk.ts'
import type { Desk } from './crew-desk.ts'
import type { CrewCommand } from './crew/crew.ts'
import type { DistrictClock } from './clock.ts'
import type { Stage } from './director.ts'
import { reachOf, settle } from './pipeline.ts'

/** Name of the publisher whose position says how far the story was told. */
const storyName = 'demo-story'

/** What the stage is built on. */
export interface StageParts {
  readonly platform: Platform
  readonly district: District
  readonly clock: DistrictClock
  readonly directory: string
  readonly seed: number
  readonly crew: boolean
  /** When the process began, on the clock of `performance.now()`. */
  readonly began: number
}

/** The real stage: a running district. */
export interface RealStage extends Stage {
  readonly firstWarningMs: () => number | null
}

function principalOf(command: CrewCommand): Principal {
  return { user: command.by.user, seat: { role: command.by.role, department: command.by.department } }
}

/** The crew's desk is the same API that people use, in the same process. */
function deskOf({ district }: StageParts): Desk {
  const { casework } = district
  const reader: Principal = { user: 'crew-d16', seat: { role: 'prosecutor', department: 'D16' } }
  return {
    tasks: async (caseId) => casework.openTasks(caseId),
    caseInfo: async (caseId) => casework.detail(caseId, reader),
    async execute(command) {
      const answer = await casework.execute(command.command, command.case_id, principalOf(command))
      return answer.outcome === 'done' ? 'done' : 'refused'
    },
  }
}

/** Opens the stage over a running district. */
export function openStage(parts: StageParts): RealStage {
  const { platform, district, clock, directory, seed, began } = parts
  const { ingest } = district
  let firstWarningMs: number | null = null
  let warnings = -1
  return {
    directory,
    clock,
    published: async () => ingest.batchPosition(storyName),
    async publish(rows, position) {
      await ingest.ingestBatch(storyName, rows, position)
    },
    async settle() {
      await settle(district)
      const reach = await reachOf(platform.log, topics.warnings)
      if (reach > 0) firstWarningMs ??= Math.round(performance.now() - began)
      const isNews = reach !== warnings
      warnings = reach
      return isNews
    },
    lastEventAt: async () => (await district.supervise.board()).as_of,
    async endOfStory() {
      await district.warn.endOfInput()
    },
    crew: parts.crew ? crewDesk(deskOf(parts), clock, seed) : undefined,
    firstWarningMs: () => firstWarningMs,
  }
}
