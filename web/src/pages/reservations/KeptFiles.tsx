import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useState } from 'react'
import { Link } from 'react-router'
import { referenceOf, sentenceOf } from '../../api/errors'
import { useDeleteHome, useHomes } from '../../api/queries'
import type { Home } from '../../api/types'
import { to } from '../../app/routes'
import { day, dayAndClock } from '../../time/format'
import { fromRfc3339, type Instant } from '../../time/instants'
import { useAnnounce } from '../../ui/announce'
import { ConfirmByName } from '../../ui/ConfirmByName'
import { ErrorPanel } from '../../ui/ErrorPanel'

interface Props {
  zone: string
  now: Instant
}

/** One's files that outlive their sessions. Nothing is shown where there are none. */
export function KeptFiles({ zone, now }: Props) {
  const homes = useHomes()
  const [asked, setAsked] = useState<Home | null>(null)
  if (homes.error && !homes.data) {
    return (
      <ErrorPanel
        what="Kept files"
        error={homes.error}
        onRetry={() => void homes.refetch()}
        retrying={homes.isFetching}
        asOf={null}
      />
    )
  }
  const kept = (homes.data ?? []).filter((it) => it.of !== null && it.state !== 'in_use')
  if (kept.length === 0) return null
  return (
    <section aria-labelledby="kept-title">
      <h2 id="kept-title" className="berth-h2">
        Kept files
      </h2>
      <ul className="berth-kept">
        {kept.map((it) => (
          <li key={it.id}>
            <span>
              {words(it, zone, now)}{' '}
              <Link to={to('reservation', { id: it.reservation })}>{it.name || 'Their reservation'}</Link>
            </span>
            {it.state === 'kept' && (
              <Button
                variant="link"
                isDanger
                onClick={() => setAsked(it)}
                aria-label={`Delete the ${nameOf(it, zone, now)}`}
              >
                Delete
              </Button>
            )}
          </li>
        ))}
      </ul>
      {asked && <Deletion home={asked} zone={zone} now={now} onClose={() => setAsked(null)} />}
    </section>
  )
}

/** With the clock: of one day there may be several. */
const nameOf = (it: Home, zone: string, now: Instant): string =>
  `files of ${it.of ? dayAndClock(fromRfc3339(it.of), zone, now) : 'now'} in pool ${it.pool}`

function words(it: Home, zone: string, now: Instant): string {
  const what = `Files of ${it.of ? dayAndClock(fromRfc3339(it.of), zone, now) : 'now'}, pool ${it.pool}, ${String(it.size_gib)} GiB.`
  if (it.state === 'lost') return `${what} They are lost: the cluster has no such volume any more.`
  if (it.state === 'deleting') return `${what} They are being deleted.`
  const until = it.kept_until ? ` Kept until ${day(fromRfc3339(it.kept_until), zone, now)}.` : ''
  return `${what}${until}`
}

function Deletion({ home, zone, now, onClose }: Props & { home: Home; onClose(): void }) {
  const remove = useDeleteHome()
  const announce = useAnnounce()
  return (
    <ConfirmByName
      title="Delete these files?"
      name={null}
      action="Delete files"
      safe="Keep them"
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(home.id, {
          onSuccess: () => {
            announce('The files are being deleted.')
            onClose()
          },
        })
      }
      error={
        remove.error && (
          <Alert variant="danger" isInline role="alert" title="That did not work.">
            {sentenceOf(remove.error)} Reference {referenceOf(remove.error)}.
          </Alert>
        )
      }
    >
      <p>
        The {nameOf(home, zone, now)} are deleted now, {home.size_gib} GiB. There is no way back; the next session in
        this pool starts with empty files.
      </p>
    </ConfirmByName>
  )
}
