/** Live updates by server-sent events. */
import { useEffect, useRef, useState } from 'react'

/** `live`: updates arrive. `lost`: the connection is being made again, what is shown may be old. */
export type StreamState = 'connecting' | 'live' | 'lost'

const retryMs = 5000

/**
 * Listens to one event of one stream while the page is in view, and calls `onEvent` with its parsed data.
 * After a gap (the page was hidden, the connection was lost) `onGap` is called, to read everything again.
 */
export function useStream<Data>(
  path: string,
  event: string,
  onEvent: (data: Data) => void,
  onGap: () => void,
): StreamState {
  const [state, setState] = useState<StreamState>('connecting')
  const handlers = useRef({ onEvent, onGap })
  useEffect(() => {
    handlers.current = { onEvent, onGap }
  })
  useEffect(() => {
    let source: EventSource | undefined
    let missed = false
    let retry: ReturnType<typeof setTimeout> | undefined
    const reopen = (): void => {
      source = undefined
      follow()
    }
    const open = (): void => {
      source = new EventSource(path)
      source.addEventListener('open', () => {
        setState('live')
        if (missed) handlers.current.onGap()
        missed = false
      })
      source.addEventListener('error', () => {
        setState('lost')
        missed = true
        // The browser tries again by itself, but not after a refusal.
        if (source?.readyState === EventSource.CLOSED) retry = setTimeout(reopen, retryMs)
      })
      source.addEventListener(event, (message: MessageEvent<string>) => {
        handlers.current.onEvent(JSON.parse(message.data) as Data)
      })
    }
    // A browser grants six connections per site: a hidden tab must not hold one.
    const follow = (): void => {
      if (document.hidden) {
        source?.close()
        source = undefined
        missed = true
      } else if (source === undefined) open()
    }
    follow()
    document.addEventListener('visibilitychange', follow)
    return () => {
      clearTimeout(retry)
      document.removeEventListener('visibilitychange', follow)
      source?.close()
    }
  }, [path, event])
  return state
}

/** Runs `work` soon after the first call and at most once per `everyMs`, however often it is asked for. */
export function useThrottled(work: () => void, everyMs: number): () => void {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const latest = useRef(work)
  useEffect(() => {
    latest.current = work
  })
  useEffect(
    () => () => {
      clearTimeout(timer.current)
      timer.current = undefined
    },
    [],
  )
  return () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      latest.current()
    }, everyMs)
  }
}
