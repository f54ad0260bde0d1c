import { MINUTE, SECOND } from '../time/instants'
import { contend } from './live_leader'
import { LiveStream } from './live_stream'
import type { LiveEvent } from './types'

/** What the badge in the top bar tells. */
export type LiveState = 'connecting' | 'live' | 'reconnecting' | 'polling' | 'paused'

export const POLL_MS = 10 * SECOND
/** A stream that comes back this soon was never worth a word. */
const QUIET_MS = 3 * SECOND
const POLL_AFTER_MS = 20 * SECOND
const HIDDEN_PAUSE_MS = 30 * MINUTE
/** Followers hear of the leader's stream with every ping, each 15 s. */
const LEADER_SILENT_MS = 40 * SECOND

export interface LiveSink {
  change(event: LiveEvent): void
  /** Look at everything again. */
  everything(): void
}

type Message =
  | { type: 'hello' }
  | { type: 'up'; lastId: string | null }
  | { type: 'down' }
  | { type: 'change'; event: LiveEvent; id: string }
  | { type: 'reset'; id: string }

/** What the badge says, from how long the stream has been away. */
export function stateOf(wanted: boolean, everUp: boolean, downForMs: number | null): LiveState {
  if (!wanted) return 'paused'
  if (downForMs === null) return 'live'
  if (downForMs >= POLL_AFTER_MS) return 'polling'
  if (!everUp) return 'connecting'
  return downForMs >= QUIET_MS ? 'reconnecting' : 'live'
}

/**
 * Live updates for this tab. One tab of the browser holds the stream and tells the others, so that any number of tabs needs
 * one connection; each tab polls by itself while there is none.
 */
export class Live {
  private state: LiveState = 'connecting'
  private readonly watchers = new Set<() => void>()
  private channel: BroadcastChannel | null = null
  private leave: (() => void) | null = null
  private leading = false
  private lastHeard = Date.now()
  private downSince: number | null = Date.now()
  private everUp = false
  private lastPoll = 0
  private ticker: ReturnType<typeof setInterval> | undefined
  private hiddenTimer: ReturnType<typeof setTimeout> | undefined

  /** `lastId`: an event of before anything was read; none: what happens until the stream is open is missed. */
  constructor(
    private readonly url: string,
    private lastId: string | null,
    private readonly sink: LiveSink,
  ) {}

  start(): void {
    document.addEventListener('visibilitychange', this.onVisibility)
    this.join()
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.onVisibility)
    clearTimeout(this.hiddenTimer)
    this.part()
  }

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher)
    return () => this.watchers.delete(watcher)
  }

  snapshot = (): LiveState => this.state

  private onVisibility = (): void => {
    clearTimeout(this.hiddenTimer)
    if (document.hidden) {
      this.hiddenTimer = setTimeout(() => this.part(), HIDDEN_PAUSE_MS)
    } else if (!this.channel) {
      this.join()
      this.sink.everything()
    }
  }

  private join(): void {
    this.downSince = Date.now()
    this.lastHeard = Date.now()
    this.everUp = false
    this.channel = new BroadcastChannel('berth.live')
    this.channel.onmessage = (message: MessageEvent<Message>) => this.onMessage(message.data)
    this.leave = contend(() => this.lead())
    this.tell({ type: 'hello' })
    this.ticker = setInterval(() => this.tick(), SECOND)
    this.tick()
  }

  private part(): void {
    this.leave?.()
    this.leave = null
    this.channel?.close()
    this.channel = null
    clearInterval(this.ticker)
    this.tick()
  }

  private tell(message: Message): void {
    this.channel?.postMessage(message)
  }

  /** For as long as this tab holds the stream. */
  private lead(): () => void {
    this.leading = true
    const both = (message: Message) => {
      this.tell(message)
      this.onMessage(message)
    }
    const stream = new LiveStream(this.url, this.lastId, {
      up: (lastId) => both({ type: 'up', lastId }),
      down: () => both({ type: 'down' }),
      change: (event, id) => both({ type: 'change', event, id }),
      reset: (id) => both({ type: 'reset', id }),
    })
    return () => {
      this.leading = false
      stream.close()
      this.tell({ type: 'down' })
    }
  }

  private onMessage(message: Message): void {
    this.lastHeard = Date.now()
    switch (message.type) {
      case 'hello':
        if (this.leading) this.tell(this.downSince === null ? { type: 'up', lastId: this.lastId } : { type: 'down' })
        return
      case 'up':
        this.lastId = message.lastId ?? this.lastId
        this.downSince = null
        this.everUp = true
        break
      case 'down':
        this.downSince ??= Date.now()
        break
      case 'change':
        this.lastId = message.id
        this.sink.change(message.event)
        return
      case 'reset':
        this.lastId = message.id
        this.sink.everything()
        return
    }
    this.tick()
  }

  private tick(): void {
    const now = Date.now()
    if (!this.leading && now - this.lastHeard > LEADER_SILENT_MS) this.downSince ??= now
    const next = stateOf(this.channel !== null, this.everUp, this.downSince === null ? null : now - this.downSince)
    if (next === 'polling' && now - this.lastPoll >= POLL_MS && !document.hidden) {
      this.lastPoll = now
      this.sink.everything()
    }
    if (next === this.state) return
    this.state = next
    for (const watcher of this.watchers) watcher()
  }
}
