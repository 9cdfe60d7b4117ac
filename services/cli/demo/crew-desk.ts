import type { Task } from '../../../schemas/http/casework.ts'
import { crewAgenda, crewStep } from './crew/crew.ts'
import type { CrewCase, CrewCommand, CrewIntent } from './crew/crew.ts'
import type { DistrictClock } from './clock.ts'

/** What the crew's hands reach: the same reads and commands that people have. */
export interface Desk {
  /** Open tasks of all departments. */
  tasks(): Promise<readonly Task[]>
  /** undefined when the case is not known (any more). */
  caseInfo(caseId: string): Promise<CrewCase | undefined>
  /** `refused` when the case had moved on meanwhile, e.g. because a person was quicker. */
  execute(command: CrewCommand): Promise<'done' | 'refused'>
}

/** The crew at work: knows what it has looked at, and looks again only at what has changed. */
export interface CrewDesk {
  /** Something outside the crew happened: look at all desks again. */
  changed(): void
  /** Does in order everything that is due until `until`, moving the clock to the time of each step. @returns number of commands done */
  workUntil(until: number): Promise<number>
  /** When the next step is due; undefined when nothing is open. */
  nextAt(): Promise<number | undefined>
  /** Finishes everything at once, so that every case ends. @returns number of commands done */
  finish(): Promise<number>
}

/** Rounds of one look at the desks; each moves every case by one step at most, and a case has far fewer steps. */
const roundsMax = 200

interface Known {
  readonly warnings: number
  readonly facts: CrewCase
}

/** Seats the crew at the desks of a district. Same seed, same decisions. */
export function crewDesk(desk: Desk, clock: DistrictClock, seed: number): CrewDesk {
  const known = new Map<string, Known>()
  let tasks: readonly Task[] = []
  let agenda: readonly CrewIntent[] = []
  let isStale = true

  const caseInfo = (caseId: string): CrewCase | undefined => known.get(caseId)?.facts

  async function look(drain: boolean): Promise<void> {
    tasks = await desk.tasks()
    for (const { lead } of tasks) {
      if (known.get(lead.case_id)?.warnings === lead.warnings) continue
      const facts = await desk.caseInfo(lead.case_id)
      if (facts !== undefined) known.set(lead.case_id, { warnings: lead.warnings, facts })
    }
    agenda = crewAgenda({ seed, now: clock.now(), tasks, caseInfo, drain })
    isStale = false
  }

  async function carryOut(intent: CrewIntent, drain: boolean): Promise<number> {
    clock.advanceTo(intent.at)
    const own = tasks.filter(({ lead }) => lead.case_id === intent.case_id)
    const [command] = crewStep({ seed, now: clock.now(), tasks: own, caseInfo, drain })
    known.delete(intent.case_id)
    isStale = true
    if (command === undefined) return 0
    return (await desk.execute(command)) === 'done' ? 1 : 0
  }

  async function round(until: number, drain: boolean): Promise<number | undefined> {
    if (isStale || drain) await look(drain)
    const busy = new Set<string>()
    let done = 0
    for (const intent of agenda) {
      if (intent.at > until) break
      if (busy.has(intent.case_id)) continue
      busy.add(intent.case_id)
      done += await carryOut(intent, drain)
    }
    return busy.size === 0 ? undefined : done
  }

  async function work(until: number, drain: boolean): Promise<number> {
    let total = 0
    for (let rounds = 0; rounds < roundsMax; rounds += 1) {
      const done = await round(until, drain)
      if (done === undefined) break
      total += done
    }
    return total
  }

  return {
    changed() {
      isStale = true
    },
    workUntil: async (until) => work(until, false),
    async nextAt() {
      if (isStale) await look(false)
      return agenda[0]?.at
    },
    finish: async () => work(clock.now(), true),
  }
}
