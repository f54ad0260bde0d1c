import { keyOf, readDraft, type Draft } from '../../tokenomics/scenario'
import { readStored, writeStored } from '../../ui/stored'

const KEY = 'berth.tokenomics.scenarios'
/** A browser keeps about 5 MB for an origin; a scenario is a few hundred bytes. */
export const MOST_SAVED = 50

/** Scenarios by name, as the address holds them. The browser may hold anything under the key. */
export function readSaved(): Map<string, Draft> {
  let stored: unknown
  try {
    stored = JSON.parse(readStored('local', KEY) ?? '{}')
  } catch {
    stored = {}
  }
  const texts = typeof stored === 'object' && stored !== null ? Object.entries(stored) : []
  const saved = new Map<string, Draft>()
  for (const [name, text] of texts.slice(0, MOST_SAVED)) {
    if (name !== '' && typeof text === 'string') saved.set(name, readDraft(new URLSearchParams(text)))
  }
  return saved
}

export function writeSaved(saved: ReadonlyMap<string, Draft>): void {
  const texts = Object.fromEntries([...saved].map(([name, draft]) => [name, keyOf(draft)]))
  writeStored('local', KEY, saved.size === 0 ? null : JSON.stringify(texts))
}
