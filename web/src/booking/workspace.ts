import type { Session } from '../api/types'

/** The workspace's address is the first endpoint named so; anything but a web address is not followed. */
export function workspaceUrl(session: Session | null | undefined): string | null {
  const url = session?.endpoints.find((it) => it.name === 'workspace')?.url
  return url && /^https?:\/\//.test(url) ? url : null
}
