import { Tab, TabTitleText, Tabs } from '@patternfly/react-core/dist/esm/components/Tabs'
import { useEffect, useRef } from 'react'
import { useLocation, useParams, useSearchParams } from 'react-router'
import { isApiError } from '../../api/errors'
import { usePools, useReservation, useSession, useStatus } from '../../api/queries'
import type { Reservation } from '../../api/types'
import { useUser } from '../../app/SignedIn'
import { useTitleOf } from '../../app/use_title_of'
import { useZone } from '../../app/zone'
import { statusOf } from '../../booking/status'
import { clockWithZone } from '../../time/format'
import { useAnnounce } from '../../ui/announce'
import { useEditAddress } from '../../ui/edit_address'
import { ErrorPanel } from '../../ui/ErrorPanel'
import { Loading } from '../../ui/Loading'
import { PageHeading } from '../../ui/PageHeading'
import { StatusBadge } from '../../ui/StatusBadge'
import { useNow } from '../../ui/use_now'
import { NotFound } from '../NotFound'
import { Access, OpenButton } from './Access'
import { Activity } from './Activity'
import { Change } from './Change'
import { Facts } from './Facts'
import { Lifecycle } from './Lifecycle'
import { stagesOf } from './lifecycle'
import { OutOfService } from './OutOfService'
import './reservation.css'
import { Steps } from './Steps'

export function ReservationPage() {
  const { id = '' } = useParams()
  const query = useReservation(id)
  const missing =
    isApiError(query.error) && (query.error.status === 404 || query.error.status === 422 || query.error.status === 400)
  if (missing && !query.data) return <NotFound what="reservation" />
  if (query.data)
    return (
      <Detail
        key={id}
        reservation={query.data}
        failed={query.error}
        readAt={query.dataUpdatedAt}
        onRetry={() => void query.refetch()}
      />
    )
  return (
    <>
      <PageHeading title="Reservation" />
      {query.error ? (
        <ErrorPanel
          what="The reservation"
          error={query.error}
          onRetry={() => void query.refetch()}
          retrying={query.isFetching}
        />
      ) : (
        <Loading what="the reservation" rows={6} onRetry={() => void query.refetch()} />
      )}
    </>
  )
}

interface Props {
  reservation: Reservation
  failed: unknown
  readAt: number
  onRetry(): void
}

function Detail({ reservation, failed, readAt, onRetry }: Props) {
  const zone = useZone()
  const titleOf = useTitleOf()
  const now = useNow()
  const user = useUser()
  const pools = usePools()
  const controllers = useStatus().data?.controllers
  const begun = reservation.state !== 'APPROVED' && reservation.state !== 'CANCELED'
  const sessionQuery = useSession(reservation.id, begun, reservation.state === 'ACTIVE')
  const session = sessionQuery.data
  const pool = pools.data?.find((it) => it.name === reservation.pool)
  const deviceClass = pool?.device_classes.find((entry) => entry.name === reservation.device_class)
  const status = statusOf({ reservation, session, controllers, zone, now })
  const [params] = useSearchParams()
  const edit = useEditAddress()
  const tab = params.get('tab') === 'access' ? 'access' : 'overview'
  const owner = reservation.owner === user.email
  const fault = failed ?? sessionQuery.error
  useAnnounceBadge(status.badge)
  useScrollToHash()

  return (
    <>
      <PageHeading title={titleOf(reservation)}>
        {owner && (reservation.state === 'ACTIVE' || reservation.state === 'APPROVED') && (
          <OpenButton reservation={reservation} session={session} status={status} />
        )}
      </PageHeading>
      <p className="berth-status" role="group" aria-label="Status">
        <StatusBadge status={status} unverified={Boolean(fault)} />
        <span>
          {fault ? `Last known at ${clockWithZone(readAt, zone)}. Checking again. ` : ''}
          {status.sentence}
        </span>
      </p>
      <OutOfService reservation={reservation} pool={pool} />
      {Boolean(fault) && (
        <ErrorPanel
          what="The newest state"
          error={fault}
          onRetry={() => {
            onRetry()
            void sessionQuery.refetch()
          }}
        />
      )}
      <Tabs
        activeKey={tab}
        onSelect={(_, key) =>
          edit((params) => {
            if (key === 'overview') params.delete('tab')
            else params.set('tab', String(key))
          })
        }
        aria-label="Reservation"
      >
        <Tab eventKey="overview" title={<TabTitleText>Overview</TabTitleText>}>
          <div className="berth-detail">
            <Lifecycle stages={stagesOf(reservation, session, zone, now)} />
            {session && <Steps reservation={reservation.id} session={session} now={now} />}
            {session && reservation.state === 'ACTIVE' && <Activity session={session} zone={zone} now={now} />}
            <Facts reservation={reservation} deviceClass={deviceClass} zone={zone} now={now} />
          </div>
        </Tab>
        <Tab eventKey="access" title={<TabTitleText>Access</TabTitleText>}>
          <div className="berth-detail">
            <Access
              reservation={reservation}
              session={session}
              status={status}
              slotsPerUnit={deviceClass?.slots_per_unit}
              owner={owner}
              zone={zone}
              now={now}
            />
          </div>
        </Tab>
      </Tabs>
      <Change reservation={reservation} pool={pool} user={user} zone={zone} now={now} />
    </>
  )
}

/** The number in "ends in 29 min" changes all the time and is not said. */
function useAnnounceBadge(badge: string): void {
  const announce = useAnnounce()
  const word = badge.replace(/\d.*$/, '')
  const last = useRef(word)
  useEffect(() => {
    if (last.current === word) return
    last.current = word
    announce(badge)
  }, [word, badge, announce])
}

function useScrollToHash(): void {
  const { hash } = useLocation()
  useEffect(() => {
    if (hash) document.getElementById(hash.slice(1))?.scrollIntoView()
  }, [hash])
}
