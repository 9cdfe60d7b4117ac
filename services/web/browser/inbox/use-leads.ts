/** The list of leads: pages already shown stay in place, new leads wait behind a pill. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import { useState } from 'react'
import type { CaseChanged, LeadList } from '../../../../schemas/http/casework.ts'
import { readLeads } from '../api/queries.ts'
import { useStream, useThrottled } from '../api/stream.ts'
import type { StreamState } from '../api/stream.ts'

/** How often, at most, changes are looked up while they stream in. */
const lookEveryMs = 1500

/** What the inbox shows. */
export interface Leads {
  readonly query: UseInfiniteQueryResult<InfiniteData<LeadList, string>, Error>
  /** Leads that came since the list was shown. */
  readonly waiting: number
  readonly showWaiting: () => void
  readonly stream: StreamState
  /** When the last look at the server failed, the time (browser's clock) of the last good one. */
  readonly staleSince: number | undefined
}

const leadsKey = (filters: string): readonly string[] => ['leads', filters]

function useLeadPages(filters: string): Leads['query'] {
  return useInfiniteQuery({
    queryKey: leadsKey(filters),
    queryFn: ({ pageParam, signal }) => readLeads(filters, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    // Only the pill and the person change what is shown.
    staleTime: Infinity,
    gcTime: 0,
  })
}

/** @param filters query parameters of GET /api/leads, without cursor */
export function useLeads(filters: string): Leads {
  const client = useQueryClient()
  const key = leadsKey(filters)
  const [waiting, setWaiting] = useState({ filters, count: 0 })
  const [failed, setFailed] = useState(false)
  const query = useLeadPages(filters)
  const look = async (): Promise<void> => {
    try {
      const fresh = await readLeads(filters, '')
      setFailed(false)
      const shown = client.getQueryData<InfiniteData<LeadList, string>>(key)
      if (shown === undefined) return
      setWaiting({ filters, count: countNew(shown, fresh) })
      client.setQueryData(key, updateInPlace(shown, fresh))
    } catch {
      setFailed(true)
    }
  }
  const lookSoon = useThrottled(() => void look(), lookEveryMs)
  const stream = useStream<CaseChanged>('/api/stream', 'case', lookSoon, lookSoon)
  return {
    query,
    waiting: waiting.filters === filters ? waiting.count : 0,
    showWaiting: () => {
      setWaiting({ filters, count: 0 })
      void client.resetQueries({ queryKey: key })
    },
    stream,
    staleSince: failed || query.isRefetchError ? query.dataUpdatedAt : undefined,
  }
}

function countNew(shown: InfiniteData<LeadList, string>, fresh: LeadList): number {
  const known = new Set(shown.pages.flatMap((page) => page.leads.map((lead) => lead.case_id)))
  return fresh.leads.filter((lead) => !known.has(lead.case_id)).length
}

/** Rows keep their places; what is known anew about them, and the counts, are taken over. */
function updateInPlace(
  shown: InfiniteData<LeadList, string>,
  fresh: LeadList,
): InfiniteData<LeadList, string> {
  const byId = new Map(fresh.leads.map((lead) => [lead.case_id, lead]))
  const pages = shown.pages.map((page) => ({
    ...page,
    counts: fresh.counts,
    total: fresh.total,
    leads: page.leads.map((lead) => byId.get(lead.case_id) ?? lead),
  }))
  return { ...shown, pages }
}
