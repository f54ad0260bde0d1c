import { useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react'
import { apiUrl, eventsSinceFirstRead } from '../api/client'
import { Live, type LiveState } from '../api/live'
import { invalidateAll, invalidateFor } from '../api/queries'
import type { LiveEvent } from '../api/types'

/** Events of one transaction come together; what they make worth reading is read once. */
const GATHER_MS = 80

const Context = createContext<LiveState>('connecting')

export const useLiveState = () => useContext(Context)

const nothing = () => () => undefined

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const [live, setLive] = useState<Live | null>(null)
  useEffect(() => {
    let gathered: LiveEvent[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const flush = () => {
      timer = undefined
      const events = new Map(gathered.map((event) => [JSON.stringify({ ...event, at: '' }), event]))
      gathered = []
      for (const event of events.values()) invalidateFor(client, event)
    }
    const next = new Live(apiUrl('/events'), eventsSinceFirstRead(), {
      change: (event) => {
        gathered.push(event)
        timer ??= setTimeout(flush, GATHER_MS)
      },
      everything: () => invalidateAll(client),
    })
    next.start()
    setLive(next)
    return () => {
      clearTimeout(timer)
      next.stop()
    }
  }, [client])
  const state = useSyncExternalStore(live?.subscribe ?? nothing, live?.snapshot ?? (() => 'connecting' as const))
  return <Context.Provider value={state}>{children}</Context.Provider>
}
