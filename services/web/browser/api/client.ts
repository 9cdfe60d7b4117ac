/** Requests to the API. The session is a cookie; nothing is kept in the browser. */
import type { Problem } from '../../../../schemas/http/common.ts'

/** The API said no, or did not answer (`code` is then `unreachable`). */
export class ApiError extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'ApiError'
    this.problem = problem
  }
}

/** GET as JSON. @throws ApiError */
export async function get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return request<Answer>(path, { ...(signal === undefined ? {} : { signal }) })
}

/** POST or DELETE with the header that the API asks of every write. @throws ApiError */
export async function send<Answer>(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer> {
  const headers: Record<string, string> = { 'x-weir-request': '1' }
  if (body === undefined) return request<Answer>(path, { method, headers })
  headers['content-type'] = 'application/json'
  return request<Answer>(path, { method, headers, body: JSON.stringify(body) })
}

async function request<Answer>(path: string, init: RequestInit): Promise<Answer> {
  const answer = await fetch(path, { ...init, credentials: 'same-origin' }).catch((error: unknown) => {
    // A request given up on purpose is not an outage.
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(problemOf(0, 'unreachable', ''))
  })
  if (!answer.ok) throw new ApiError(await readProblem(answer))
  // The API's schemas hold on the other side: what leaves the server has been checked there.
  return (answer.status === 204 ? undefined : await answer.json()) as Answer
}

async function readProblem(answer: Response): Promise<Problem> {
  const requestId = answer.headers.get('x-request-id') ?? ''
  const fallback = problemOf(answer.status, 'unknown', requestId)
  const body = (await answer.json().catch(() => ({}))) as Partial<Problem>
  return { ...fallback, ...body }
}

function problemOf(status: number, code: string, requestId: string): Problem {
  return { type: 'about:blank', title: '', status, code, detail: '', request_id: requestId }
}
