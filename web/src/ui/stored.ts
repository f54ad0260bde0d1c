/** Browser storage that may be switched off or hold anything: then there is simply nothing stored. */
function storage(kind: 'local' | 'session'): Storage | null {
  try {
    return kind === 'local' ? window.localStorage : window.sessionStorage
  } catch {
    return null
  }
}

export function readStored(kind: 'local' | 'session', key: string): string | null {
  return storage(kind)?.getItem(key) ?? null
}

export function writeStored(kind: 'local' | 'session', key: string, value: string | null): void {
  const where = storage(kind)
  if (!where) return
  try {
    if (value === null) where.removeItem(key)
    else where.setItem(key, value)
  } catch {
    // Full: the page works without, it only forgets on reload.
  }
}
