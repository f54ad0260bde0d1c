import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LiveStream } from './live_stream'

/** What the browser gives: one connection, and what came over it. */
class FakeSource {
  static opened: FakeSource[] = []
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  closed = false
  private readonly handlers = new Map<string, (message: { data: string; lastEventId: string }) => void>()

  constructor(readonly url: string) {
    FakeSource.opened.push(this)
  }
  addEventListener(name: string, handler: (message: { data: string; lastEventId: string }) => void): void {
    this.handlers.set(name, handler)
  }
  close(): void {
    this.closed = true
  }
  say(name: string, lastEventId: string, data = '{}'): void {
    this.handlers.get(name)?.({ data, lastEventId })
  }
}

const last = () => FakeSource.opened.at(-1) as FakeSource
const listener = { up: vi.fn(), down: vi.fn(), change: vi.fn(), reset: vi.fn() }

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', FakeSource)
  FakeSource.opened = []
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
  vi.clearAllMocks()
})

/** The server ends the stream; the page comes back by itself. */
const breakOff = () => {
  last().onerror?.()
  vi.advanceTimersByTime(1_000)
}

test('a stream that ends before its first event comes back from where it began', () => {
  const stream = new LiveStream('/events', null, listener)
  expect(last().url).toBe('/events')
  last().onopen?.()
  last().say('ping', '41')
  expect(listener.up).toHaveBeenLastCalledWith('41')
  breakOff()
  expect(FakeSource.opened[0]?.closed).toBe(true)
  expect(last().url).toBe('/events?last_event_id=41')
  stream.close()
})

test('a ping without an id forgets nothing, and each event moves on', () => {
  const stream = new LiveStream('/events', '7', listener)
  expect(last().url).toBe('/events?last_event_id=7')
  last().say('ping', '')
  breakOff()
  expect(last().url).toBe('/events?last_event_id=7')
  last().say('change', '8', '{"kind":"pool"}')
  expect(listener.change).toHaveBeenCalledWith({ kind: 'pool' }, '8')
  breakOff()
  expect(last().url).toBe('/events?last_event_id=8')
  last().say('reset', '90')
  expect(listener.reset).toHaveBeenCalledWith('90')
  breakOff()
  expect(last().url).toBe('/events?last_event_id=90')
  stream.close()
})
