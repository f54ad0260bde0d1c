import { readStored, writeStored } from '../ui/stored'

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'berth.theme' // first-paint.js reads it too
const DARK_CLASS = 'pf-v6-theme-dark'
const systemDark = () => matchMedia('(prefers-color-scheme: dark)')

export function storedTheme(): Theme {
  const value = readStored('local', KEY)
  return value === 'light' || value === 'dark' ? value : 'system'
}

export function applyTheme(theme: Theme): void {
  writeStored('local', KEY, theme === 'system' ? null : theme)
  paint(theme)
}

function paint(theme: Theme): void {
  const dark = theme === 'dark' || (theme === 'system' && systemDark().matches)
  document.documentElement.classList.toggle(DARK_CLASS, dark)
}

/** Follows the system for as long as nothing else was chosen. */
export function followSystemTheme(): () => void {
  const query = systemDark()
  const follow = () => paint(storedTheme())
  query.addEventListener('change', follow)
  return () => query.removeEventListener('change', follow)
}
