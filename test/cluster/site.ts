/** People at a site, by HTTP alone: each signs in at a seat, looks at the desk, gives commands; and a crew that plays all departments. */
import type { CaseDetail, LeadList, Task, TaskList } from '../../schemas/http/casework.ts'
import type { Board } from '../../schemas/http/supervise.ts'
import { crewStep } from '../../services/cli/demo/crew/crew.ts'
import { demoSeats } from '../../services/platform/auth/seats.ts'

/** Somebody signed in at one seat. */
export class Visitor {
  private readonly url: string
  private readonly cookie: string

  private constructor(url: string, cookie: string) {
    this.url = url
    this.cookie = cookie
  }

  /** Takes a seat, e.g. `d16-prosecutor`. */
  static async at(url: string, seatId: string): Promise<Visitor> {
    const answer = await new Visitor(url, '').send('POST', '/api/session', { seat_id: seatId })
    return new Visitor(url, answer.headers.getSetCookie()[0]?.split(';')[0] ?? '')
  }

  private async send(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Response> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { cookie: this.cookie, 'content-type': 'application/json', 'x-weir-request': '1' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer
  }

  /** Reads one address. @throws Error with the problem when it is refused */
  async get<Answer>(path: string): Promise<Answer> {
    return (await (await this.send('GET', path)).json()) as Answer
  }

  /** Opens a stream of live changes. */
  async listen(path: string): Promise<Listening> {
    const leaving = new AbortController()
    const answer = await fetch(`${this.url}${path}`, {
      headers: { cookie: this.cookie },
      signal: leaving.signal,
    })
    const { body } = answer
    if (!answer.ok || body === null) throw new Error(`${path}: ${answer.status}`)
    let heard = ''
    const reading = (async () => {
      for await (const text of body.pipeThrough(new TextDecoderStream())) heard += text
    })().catch(() => undefined)
    return {
      heard: () => heard,
      async [Symbol.asyncDispose]() {
        leaving.abort()
        await reading
      },
    }
  }

  /** Gives one command on a case. @throws Error with the problem when it is refused */
  async command(caseId: string, command: object): Promise<void> {
    await this.send('POST', `/api/cases/${caseId}/commands`, command)
  }
}

/** Server-sent events as they come. */
export interface Listening {
  /** All that came until now. */
  readonly heard: () => string
  [Symbol.asyncDispose](): Promise<void>
}

/** Everybody who takes part in a case, and what they see. */
export interface People {
  /** Opens a stream of live changes, as the prosecutor. */
  listen(path: string): Promise<Listening>
  leads(): Promise<LeadList>
  case(caseId: string): Promise<CaseDetail>
  board(): Promise<Board>
  /** Plays every department until the case is closed. */
  playOut(caseId: string): Promise<void>
}

const stepsMax = 50

/** Seats everybody the demo has a seat for. */
export async function peopleAt(url: string): Promise<People> {
  const seats = demoSeats.filter(({ role }) => ['officer', 'prosecutor'].includes(role))
  const officers = new Map<string, Visitor>()
  for (const { department, seat_id: id } of seats) officers.set(department, await Visitor.at(url, id))
  const prosecutor = officers.get('D16') ?? (await Visitor.at(url, 'd16-prosecutor'))
  const readCase = (caseId: string): Promise<CaseDetail> => prosecutor.get(`/api/cases/${caseId}`)

  async function tasksOf(caseId: string): Promise<{ tasks: Task[]; now: number }> {
    const lists = await Promise.all([...officers.values()].map((one) => one.get<TaskList>('/api/tasks')))
    const tasks = lists.flatMap((list) => list.tasks).filter(({ lead }) => lead.case_id === caseId)
    return { tasks, now: Math.max(...lists.map((list) => list.now)) }
  }

  return {
    listen: (path) => prosecutor.listen(path),
    leads: () => prosecutor.get('/api/leads?limit=200'),
    case: readCase,
    board: () => prosecutor.get('/api/supervision/board'),
    async playOut(caseId) {
      for (let steps = 0; steps < stepsMax; steps += 1) {
        const facts = await readCase(caseId)
        if (facts.lead.state === 'closed') return
        const { tasks, now } = await tasksOf(caseId)
        const [step] = crewStep({ seed: 1, now, tasks, caseInfo: () => facts, drain: true })
        const officer = officers.get(step?.by.department ?? '')
        if (step === undefined || officer === undefined) {
          throw new Error(`nobody can go on with ${caseId} in state ${facts.lead.state}`)
        }
        await officer.command(caseId, step.command)
      }
      throw new Error(`${caseId} did not come to its end`)
    },
  }
}
