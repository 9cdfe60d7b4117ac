/** What the screens read, by query key. Answers carry the service's time, which the clock is told. */
import { QueryCache, QueryClient, useQuery } from '@tanstack/react-query'
import type { UseQueryResult } from '@tanstack/react-query'
import type { CaseDetail, LeadList, TaskList } from '../../../../schemas/http/casework.ts'
import type { Seat, Session } from '../../../../schemas/http/common.ts'
import type { Board, PromiseList } from '../../../../schemas/http/supervise.ts'
import { ApiError, get } from './client.ts'
import { observeServiceTime } from './service-clock.ts'

const sessionKey = ['session'] as const

/** A client that takes "not signed in" from anywhere as the end of the session, and repeats only what may pass by itself. */
export function createQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ApiError && error.problem.status === 401) client.setQueryData(sessionKey, null)
      },
    }),
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < 2 && isPassing(error),
        retryDelay: 800,
        refetchOnWindowFocus: false,
        staleTime: 5000,
      },
    },
  })
  return client
}

function isPassing(error: Error): boolean {
  return !(error instanceof ApiError) || error.problem.status === 0 || error.problem.status >= 502
}

/** Reads an answer that brings the service's time along. */
async function timed<Answer extends { readonly now: number }>(
  path: string,
  signal?: AbortSignal,
): Promise<Answer> {
  const answer = await get<Answer>(path, signal)
  observeServiceTime(answer.now)
  return answer
}

/** Who is signed in; null when nobody is. */
export function useSession(): UseQueryResult<Session | null, Error> {
  return useQuery({
    queryKey: sessionKey,
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      try {
        return await get<Session>('/api/session', signal)
      } catch (error) {
        if (error instanceof ApiError && error.problem.status === 401) return null
        throw error
      }
    },
  })
}

/** The demo's seats; null when demo sign-in is off. */
export function useSeats(): UseQueryResult<readonly Seat[] | null, Error> {
  return useQuery({
    queryKey: ['seats'],
    queryFn: async ({ signal }) => {
      try {
        return (await get<{ seats: Seat[] }>('/api/seats', signal)).seats
      } catch (error) {
        if (error instanceof ApiError && error.problem.status === 404) return null
        throw error
      }
    },
  })
}

/** One page of leads. `filters` are the query parameters of GET /api/leads. */
export async function readLeads(filters: string, cursor: string, signal?: AbortSignal): Promise<LeadList> {
  const parameters = new URLSearchParams(filters)
  parameters.set('limit', '40')
  if (cursor !== '') parameters.set('cursor', cursor)
  return timed<LeadList>(`/api/leads?${parameters.toString()}`, signal)
}

/** One case as it is now. */
export async function readCase(caseId: string, signal?: AbortSignal): Promise<CaseDetail> {
  return timed<CaseDetail>(`/api/cases/${encodeURIComponent(caseId)}`, signal)
}

/** Query key of one case. */
export const caseKey = (caseId: string): readonly string[] => ['case', caseId]

/** One case, kept up to date by whoever invalidates `caseKey`. */
export function useCase(caseId: string): UseQueryResult<CaseDetail, Error> {
  return useQuery({ queryKey: caseKey(caseId), queryFn: ({ signal }) => readCase(caseId, signal) })
}

/** The signed-in department's tasks. */
export function useTasks(): UseQueryResult<TaskList, Error> {
  return useQuery({ queryKey: ['tasks'], queryFn: ({ signal }) => timed<TaskList>('/api/tasks', signal) })
}

/** The supervision board. */
export function useBoard(): UseQueryResult<Board, Error> {
  return useQuery({
    queryKey: ['board'],
    queryFn: ({ signal }) => timed<Board>('/api/supervision/board', signal),
    placeholderData: (before) => before,
  })
}

/** One page of promises. `filters` are the query parameters of GET /api/supervision/promises. */
export async function readPromises(
  filters: string,
  cursor: string,
  signal?: AbortSignal,
): Promise<PromiseList> {
  const parameters = new URLSearchParams(filters)
  parameters.set('limit', '25')
  if (cursor !== '') parameters.set('cursor', cursor)
  return timed<PromiseList>(`/api/supervision/promises?${parameters.toString()}`, signal)
}
