import { readFileSync } from 'node:fs'
import { join } from 'node:path'

function needed(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set; test/web/run starts what the tests need and sets it`)
  return value
}

/** Where the pages are: the portal itself, or a development server in front of it. */
export const BASE_URL = process.env['BERTH_WEB_URL'] ?? 'http://127.0.0.1:8080'
/** The same for a portal with 40 units and 2,000 reservations. */
export const largeUrl = (): string => needed('BERTH_WEB_LARGE_URL')
/** The first day of its two full weeks. */
export const largeDate = (): string => needed('BERTH_WEB_LARGE_DATE')
export const CHROMIUM = process.env['BERTH_CHROMIUM'] ?? '/usr/bin/chromium-headless-shell'
export const PASSWORD = 'berth-demo'

export type User = 'ana' | 'ben' | 'lead' | 'finance' | 'admin'
export const USERS: User[] = ['ana', 'ben', 'lead', 'finance', 'admin']
export const emailOf = (user: User): string => `${user}@berth.local`

/** A folder for what signing in gives, once for the whole run. */
export const signedInFile = (user: User): string => join(needed('BERTH_WEB_STATE'), `${user}.json`)
export const tokensFile = (): string => join(needed('BERTH_WEB_STATE'), 'tokens.json')

interface Addresses {
  database_owner: string
  kubeconfig: string
}

/** Where the demo behind the pages keeps its database and its cluster. */
export const addresses = (): Addresses => JSON.parse(readFileSync(needed('BERTH_WEB_DEMO'), 'utf8')) as Addresses
