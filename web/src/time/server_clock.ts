import { MINUTE, type Instant } from './instants'

/** How long one reading of the offset is kept against a less exact newer one. */
const READING_LASTS_MS = 5 * MINUTE

interface Reading {
  offset: number
  roundTrip: number
  takenAt: Instant
}

/** Signed offset of the server's clock to the device's. The reading with the shortest round trip wins. */
export class ServerClock {
  private reading: Reading | null = null

  constructor(private readonly deviceNow: () => Instant = Date.now) {}

  note(serverTime: Instant, sentAt: Instant, gotAt: Instant): void {
    const roundTrip = gotAt - sentAt
    if (roundTrip < 0) return // The device's clock was set meanwhile.
    const next = { offset: serverTime - (sentAt + roundTrip / 2), roundTrip, takenAt: gotAt }
    const old = this.reading
    const jumped = old && Math.abs(old.offset - next.offset) > old.roundTrip + roundTrip + 1_000
    if (!old || jumped || roundTrip <= old.roundTrip || gotAt - old.takenAt > READING_LASTS_MS) this.reading = next
  }

  now(): Instant {
    return Math.round(this.deviceNow() + (this.reading?.offset ?? 0))
  }
}

export const serverClock = new ServerClock()
export const serverNow = (): Instant => serverClock.now()
