import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react'

const Announce = createContext<(text: string) => void>(() => undefined)

/** Says something to assistive technology. Nothing is told here alone: it is on the page too. */
export const useAnnounce = () => useContext(Announce)

/** The live region is there from the beginning; one that appears with its text is not read. */
export function Announcer({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState({ text: '', turn: 0 })
  const announce = useCallback((text: string) => setSaid((old) => ({ text, turn: old.turn + 1 })), [])
  const value = useMemo(() => announce, [announce])
  return (
    <Announce.Provider value={value}>
      {children}
      <div className="berth-hidden" aria-live="polite" aria-atomic="true" data-announcer="">
        <span key={said.turn}>{said.text}</span>
      </div>
    </Announce.Provider>
  )
}
