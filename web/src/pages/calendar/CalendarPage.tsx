import { EmptyState, EmptyStateBody } from '@patternfly/react-core/dist/esm/components/EmptyState'
import { useUser } from '../../app/SignedIn'
import { usePools } from '../../api/queries'
import { ErrorPanel } from '../../ui/ErrorPanel'
import { Loading } from '../../ui/Loading'
import { PageHeading } from '../../ui/PageHeading'
import { PoolCalendar } from './PoolCalendar'
import { useSearchParams } from 'react-router'
import './calendar.css'

export function CalendarPage() {
  const pools = usePools()
  const [params] = useSearchParams()
  const user = useUser()
  const wanted = params.get('pool')
  const pool = pools.data?.find((it) => it.name === wanted) ?? pools.data?.[0]
  return (
    <>
      <PageHeading title="Calendar" />
      {pools.error && (
        <ErrorPanel
          what="The calendar"
          error={pools.error}
          onRetry={() => void pools.refetch()}
          retrying={pools.isFetching}
        />
      )}
      {pools.isPending && <Loading what="the calendar" rows={8} onRetry={() => void pools.refetch()} />}
      {pools.data?.length === 0 && (
        <EmptyState titleText="No capacity has been set up yet" headingLevel="h2">
          <EmptyStateBody>
            {user.role === 'admin'
              ? 'Add a pool with "berth apply -f pools.yaml".'
              : 'An admin of this platform adds the first pool.'}
          </EmptyStateBody>
        </EmptyState>
      )}
      {pools.data && pool && <PoolCalendar key={pool.name} pools={pools.data} pool={pool} />}
    </>
  )
}
