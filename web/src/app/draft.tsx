import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react'
import type { Draft, Editing } from '../booking/draft'
import { readStored, writeStored } from '../ui/stored'

const KEY = 'berth.draft'

interface Drafts {
  draft: Draft | null
  setDraft(next: Draft | null | ((old: Draft | null) => Draft | null)): void
}

const Context = createContext<Drafts | null>(null)

export function useDraft(): Drafts {
  const drafts = useContext(Context)
  if (!drafts) throw new Error('useDraft outside of DraftProvider')
  return drafts
}

function readDraft(): Draft | null {
  try {
    const kept = JSON.parse(readStored('session', KEY) ?? 'null') as Draft | null
    // Kept by an older page: what was changed in it cannot be told from what was there.
    return kept?.editing && !(kept.editing as Partial<Editing>).was ? null : kept
  } catch {
    return null
  }
}

/** Keeps the booking that is being put together over pages, a sign-in and a reload; per tab, until it is booked or dropped. */
export function DraftProvider({ children }: { children: ReactNode }) {
  const [draft, setState] = useState<Draft | null>(readDraft)
  const setDraft = useCallback<Drafts['setDraft']>((next) => {
    setState((old) => {
      const value = typeof next === 'function' ? next(old) : next
      writeStored('session', KEY, value === null ? null : JSON.stringify(value))
      return value
    })
  }, [])
  const value = useMemo(() => ({ draft, setDraft }), [draft, setDraft])
  return <Context.Provider value={value}>{children}</Context.Provider>
}
