import type { Task } from '../../../schemas/http/casework.ts'
import { crewAgenda, crewStep } from './crew/crew.ts'
import type { CrewCase, CrewCommand, CrewInput, CrewIntent } from './crew/crew.ts'
import type { DistrictClock } from './clock.ts'

/** What the crew's hands reach: the same reads and commands that people have. */
export interface Desk {
  /** Open tasks of all departments, about one case or about all. */
  tasks(caseId?: string): Promise<readonly Task[]>
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

/** Steps of one working time; far more than any day brings. */
const stepsMax = 100_000

interface Known {
  readonly warnings: number
  readonly facts: CrewCase
}

/** `tasks` and `agenda` are as of the last look; `isStale` says that more may have happened since than what this crew did. */
class Crew implements CrewDesk {
  private readonly desk: Desk
  private readonly clock: DistrictClock
  private readonly seed: number
  private readonly known = new Map<string, Known>()
  private tasks: readonly Task[] = []
  private agenda: readonly CrewIntent[] = []
  private isStale = true

  constructor(desk: Desk, clock: DistrictClock, seed: number) {
    this.desk = desk
    this.clock = clock
    this.seed = seed
  }

  changed(): void {
    this.isStale = true
  }

  workUntil(until: number): Promise<number> {
    return this.work(until, false)
  }

  async nextAt(): Promise<number | undefined> {
    if (this.isStale) await this.look(false)
    return this.agenda[0]?.at
  }

  finish(): Promise<number> {
    return this.work(this.clock.now(), true)
  }

  /** Always the earliest step of all: what one step brings about may come before what was the second. */
  private async work(until: number, drain: boolean): Promise<number> {
    const waiting = new Set<string>()
    let done = 0
    if (this.isStale || drain) await this.look(drain)
    for (let steps = 0; steps < stepsMax; steps += 1) {
      const next = this.agenda.find((intent) => !waiting.has(intent.case_id))
      if (next === undefined || next.at > until) break
      if (await this.carryOut(next, drain)) done += 1
      // Somebody was quicker, or cannot go on: the case is looked at again next time.
      else waiting.add(next.case_id)
      await this.lookAt(next.case_id, drain)
    }
    // People may have been at the desks meanwhile.
    if (done > 0 || drain) this.isStale = true
    return done
  }

  private async carryOut(intent: CrewIntent, drain: boolean): Promise<boolean> {
    this.clock.advanceTo(intent.at)
    const own = this.tasks.filter(({ lead }) => lead.case_id === intent.case_id)
    const [command] = crewStep(this.view(own, drain))
    return command !== undefined && (await this.desk.execute(command)) === 'done'
  }

  private async look(drain: boolean): Promise<void> {
    this.tasks = await this.desk.tasks()
    for (const { lead } of this.tasks) {
      if (this.known.get(lead.case_id)?.warnings === lead.warnings) continue
      const facts = await this.desk.caseInfo(lead.case_id)
      if (facts !== undefined) this.known.set(lead.case_id, { warnings: lead.warnings, facts })
    }
    this.agenda = crewAgenda(this.view(this.tasks, drain))
    this.isStale = false
  }

  /** Looks again at what lies on the desks about one case. */
  private async lookAt(caseId: string, drain: boolean): Promise<void> {
    const facts = await this.desk.caseInfo(caseId)
    const own = await this.desk.tasks(caseId)
    this.tasks = [...this.tasks.filter(({ lead }) => lead.case_id !== caseId), ...own]
    this.known.delete(caseId)
    const [task] = own
    if (facts !== undefined && task !== undefined) {
      this.known.set(caseId, { warnings: task.lead.warnings, facts })
    }
    this.agenda = crewAgenda(this.view(this.tasks, drain))
  }

  private view(tasks: readonly Task[], drain: boolean): CrewInput {
    const caseInfo = (caseId: string): CrewCase | undefined => this.known.get(caseId)?.facts
    return { seed: this.seed, now: this.clock.now(), tasks, caseInfo, drain }
  }
}

/** Seats the crew at the desks of a district. Same seed, same decisions. */
export function crewDesk(desk: Desk, clock: DistrictClock, seed: number): CrewDesk {
  return new Crew(desk, clock, seed)
}
