import { Label } from '@patternfly/react-core/dist/esm/components/Label'
import type { LiveState } from '../api/live'
import { useOffline, useSilentSince } from '../api/reach'
import { useLiveState } from './live'

const WORDS: Record<LiveState | 'offline' | 'silent', { text: string; color: 'green' | 'grey' | 'orange' }> = {
  connecting: { text: 'Connecting', color: 'grey' },
  live: { text: 'Live', color: 'green' },
  reconnecting: { text: 'Reconnecting', color: 'orange' },
  polling: { text: 'Updates every 10 s', color: 'orange' },
  offline: { text: 'Offline', color: 'orange' },
  silent: { text: 'No answer', color: 'orange' },
  paused: { text: 'Paused', color: 'grey' },
}

export function LiveBadge() {
  const live = useLiveState()
  const silent = useSilentSince() !== null
  const offline = useOffline()
  const state = offline ? 'offline' : silent ? 'silent' : live
  const { text, color } = WORDS[state]
  return (
    <span role="status" aria-label={`Live updates: ${text}`} className="berth-live" data-live={state}>
      <Label color={color} variant="outline">
        {text}
      </Label>
    </span>
  )
}
