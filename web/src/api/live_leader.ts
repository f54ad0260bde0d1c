import { SECOND } from '../time/instants'
import { randomId } from './client'

const NAME = 'berth.live'
const LEASE_MS = 6 * SECOND
const RENEW_MS = 2 * SECOND

/**
 * Calls `lead` once this tab is the one that leads, until the returned function is called. Web Locks exist only on secure
 * origins; over plain HTTP from another machine a lease in local storage does the same a little slower.
 */
export function contend(lead: () => () => void): () => void {
  return 'locks' in navigator ? contendByLock(lead) : contendByLease(lead)
}

function contendByLock(lead: () => () => void): () => void {
  const giveUp = new AbortController()
  let release: (() => void) | null = null
  navigator.locks
    .request(NAME, { signal: giveUp.signal }, async () => {
      // The lock may be on its way while it is given up: then it is handed back at once.
      if (giveUp.signal.aborted) return
      const stop = lead()
      await new Promise<void>((resolve) => {
        release = () => {
          stop()
          resolve()
        }
      })
    })
    .catch((error: unknown) => {
      if (!giveUp.signal.aborted) throw error
    })
  return () => {
    if (release) release()
    else giveUp.abort()
  }
}

interface Lease {
  holder: string
  until: number
}

function readLease(): Lease | null {
  try {
    return JSON.parse(localStorage.getItem(NAME) ?? 'null') as Lease | null
  } catch {
    return null
  }
}

function contendByLease(lead: () => () => void): () => void {
  const self = randomId(8)
  let stop: (() => void) | null = null
  const write = () => localStorage.setItem(NAME, JSON.stringify({ holder: self, until: Date.now() + LEASE_MS }))
  const look = () => {
    const lease = readLease()
    const mine = lease?.holder === self
    if (stop && !mine) {
      // Another tab took over while this one was asleep.
      stop()
      stop = null
    } else if (stop) {
      write()
    } else if (mine) {
      // The claim of the round before was not overwritten by anyone.
      write()
      stop = lead()
    } else if (!lease || lease.until < Date.now()) {
      write()
    }
  }
  const leave = () => {
    stop?.()
    stop = null
    if (readLease()?.holder === self) localStorage.removeItem(NAME)
  }
  look()
  const timer = setInterval(look, RENEW_MS)
  addEventListener('pagehide', leave)
  return () => {
    clearInterval(timer)
    removeEventListener('pagehide', leave)
    leave()
  }
}
