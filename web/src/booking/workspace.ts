import type { Session } from '../api/types'

/** Anything but a web address is not followed. */
export const isWebAddress = (url: string): boolean => /^https?:\/\//.test(url)

/** The workspace's address is the first endpoint named so. */
export function workspaceUrl(session: Session | null | undefined): string | null {
  const url = session?.endpoints.find((it) => it.name === 'workspace')?.url
  return url && isWebAddress(url) ? url : null
}
