import { useSyncExternalStore } from 'react'
import type { Instant } from '../time/instants'
import { serverNow } from '../time/server_clock'

/**
 * Whether the portal answers, as the requests of this page find it. A stream that is silent for a moment says nothing: only
 * a request that had no answer does, and only until the next one has.
 */
export class Reach {
  private since: Instant | null = null
  private readonly watchers = new Set<() => void>()

  constructor(private readonly now: () => Instant = serverNow) {}

  answered(): void {
    this.set(null)
  }

  /** `sentAt`: since then at least there is no answer. */
  silent(sentAt: Instant): void {
    if (this.since === null) this.set(Math.min(sentAt, this.now()))
  }

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher)
    return () => this.watchers.delete(watcher)
  }

  snapshot = (): Instant | null => this.since

  private set(since: Instant | null): void {
    if (since === this.since) return
    this.since = since
    for (const watcher of this.watchers) watcher()
  }
}

export const reach = new Reach()

/** Since when the portal does not answer; null while it does. */
export const useSilentSince = (): Instant | null => useSyncExternalStore(reach.subscribe, reach.snapshot)

const onLine = (watcher: () => void): (() => void) => {
  addEventListener('online', watcher)
  addEventListener('offline', watcher)
  return () => {
    removeEventListener('online', watcher)
    removeEventListener('offline', watcher)
  }
}

/** Whether the device itself says that it has no network. */
export const useOffline = (): boolean => !useSyncExternalStore(onLine, () => navigator.onLine)
