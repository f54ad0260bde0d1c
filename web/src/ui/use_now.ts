import { useSyncExternalStore } from 'react'
import { SECOND, type Instant } from '../time/instants'
import { serverNow } from '../time/server_clock'

/** One timer for everything on the page that shows the same unit of time. */
class Ticker {
  private readonly watchers = new Set<() => void>()
  private timer: ReturnType<typeof setInterval> | undefined
  private value = serverNow()

  constructor(private readonly every: number) {}

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher)
    if (this.watchers.size === 1) {
      this.value = serverNow()
      this.timer = setInterval(() => this.tick(), this.every)
    }
    return () => {
      this.watchers.delete(watcher)
      if (this.watchers.size === 0) clearInterval(this.timer)
    }
  }

  snapshot = (): Instant => this.value

  private tick(): void {
    this.value = serverNow()
    for (const watcher of this.watchers) watcher()
  }
}

const everySecond = new Ticker(SECOND)
const slowly = new Ticker(10 * SECOND)

/** Server time, for countdowns. */
export const useNow = (): Instant => useSyncExternalStore(everySecond.subscribe, everySecond.snapshot)

/** Server time to within 10 s, for what need not be drawn each second. */
export const useSlowNow = (): Instant => useSyncExternalStore(slowly.subscribe, slowly.snapshot)
