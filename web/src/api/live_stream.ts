import { SECOND } from '../time/instants'
import type { LiveEvent } from './types'

/** The server pings every 15 s; two missed pings and the stream is taken for dead. */
const SILENCE_MS = 35 * SECOND
const REOPEN_MS = [1, 2, 5].map((seconds) => seconds * SECOND)

export interface StreamListener {
  up(lastId: string | null): void
  down(): void
  change(event: LiveEvent, id: string): void
  /** Everything may have changed. */
  reset(id: string): void
}

/** One server-sent event stream that comes back by itself and resumes after the last event it saw. */
export class LiveStream {
  private source: EventSource | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private tries = 0
  private closed = false

  constructor(
    private readonly url: string,
    private lastId: string | null,
    private readonly listener: StreamListener,
  ) {
    this.open()
  }

  close(): void {
    this.closed = true
    clearTimeout(this.timer)
    this.source?.close()
  }

  private open(): void {
    const from = this.lastId === null ? '' : `?last_event_id=${this.lastId}`
    const source = new EventSource(this.url + from)
    this.source = source
    source.onopen = () => this.heard()
    source.onerror = () => this.reopen()
    // The ping that a stream begins with carries the id it begins after: without it a stream that ends before its first
    // event would come back from nowhere, and miss what came between.
    source.addEventListener('ping', (message: MessageEvent<string>) => this.heard(message.lastEventId))
    source.addEventListener('change', (message: MessageEvent<string>) => {
      this.heard(message.lastEventId)
      this.listener.change(JSON.parse(message.data) as LiveEvent, message.lastEventId)
    })
    source.addEventListener('reset', (message: MessageEvent<string>) => {
      this.heard(message.lastEventId)
      this.listener.reset(message.lastEventId)
    })
    this.watch()
  }

  private heard(id = ''): void {
    this.lastId = id || this.lastId
    this.tries = 0
    this.watch()
    this.listener.up(this.lastId)
  }

  private watch(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.reopen(), SILENCE_MS)
  }

  private reopen(): void {
    if (this.closed) return
    this.source?.close()
    this.listener.down()
    clearTimeout(this.timer)
    const wait = REOPEN_MS[Math.min(this.tries, REOPEN_MS.length - 1)]
    this.tries += 1
    this.timer = setTimeout(() => this.open(), wait)
  }
}
