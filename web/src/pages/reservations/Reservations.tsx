import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { Checkbox } from '@patternfly/react-core/dist/esm/components/Checkbox'
import {
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
} from '@patternfly/react-core/dist/esm/components/EmptyState'
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect'
import { Tab, TabTitleText, Tabs } from '@patternfly/react-core/dist/esm/components/Tabs'
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput'
import { useEffect, useMemo } from 'react'
import { Link } from 'react-router'
import { usePools, useReservations } from '../../api/queries'
import { useSettled } from '../../api/use_settled'
import { to } from '../../app/routes'
import { useTitleOf } from '../../app/use_title_of'
import { useZone } from '../../app/zone'
import { useAddress } from '../../ui/address'
import { DataTable } from '../../ui/DataTable'
import { ErrorPanel } from '../../ui/ErrorPanel'
import { Loading } from '../../ui/Loading'
import { PageHeading } from '../../ui/PageHeading'
import { useSlowNow } from '../../ui/use_now'
import { columnsOf } from './columns'
import { KeptFiles } from './KeptFiles'
import { FILTERS, TABS, TAB_KEYS, type TabKey } from './filters'
import './reservations.css'

/** The server looks through some thousands for a page. So many pages are asked for while nothing was found. */
const MOST_PAGES = 20
const TYPING_MS = 250

export function Reservations() {
  const zone = useZone()
  const now = useSlowNow()
  const [filters, change] = useAddress(FILTERS)
  const tab = TABS[filters.tab]
  const sort = filters.sort || tab.sort
  const pools = usePools()
  const titleOf = useTitleOf()
  const text = useSettled(filters.text.trim(), TYPING_MS) ?? ''
  const query = useReservations({ states: tab.states, mine: filters.mine, sort, text, kind: filters.kind })
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  const unreadable = query.data?.pages.flatMap((page) => page.unreadable ?? []) ?? []
  const classes = useMemo(
    () => new Map((pools.data ?? []).flatMap((pool) => pool.device_classes.map((it) => [it.name, it.title] as const))),
    [pools.data],
  )
  const columns = useMemo(() => columnsOf(classes, titleOf, zone, now), [classes, titleOf, zone, now])
  const filtered = filters.text !== '' || filters.kind !== ''
  // A page on which nothing was found may have a next one: it is not told as all there is.
  const { hasNextPage, isFetching, isError, fetchNextPage } = query
  const pages = query.data?.pages.length ?? 0
  const searching = filtered && hasNextPage && !isError && items.length === 0 && pages < MOST_PAGES
  useEffect(() => {
    if (searching && !isFetching) void fetchNextPage()
  }, [searching, isFetching, fetchNextPage])

  const list = (
    <>
      <div className="berth-filters" role="search" aria-label="Filter reservations">
        <TextInput
          type="search"
          aria-label="Filter by text"
          placeholder="Name, owner, team, kind"
          maxLength={100}
          value={filters.text}
          onChange={(_, text) => change({ text })}
        />
        <FormSelect aria-label="Resource kind filter" value={filters.kind} onChange={(_, kind) => change({ kind })}>
          <FormSelectOption value="" label="All kinds" />
          {[...classes].map(([name, title]) => (
            <FormSelectOption key={name} value={name} label={title} />
          ))}
        </FormSelect>
        <Checkbox id="mine-only" label="Only mine" isChecked={filters.mine} onChange={(_, mine) => change({ mine })} />
      </div>
      {query.error && (
        <ErrorPanel
          what="Reservations"
          error={query.error}
          onRetry={() => void query.refetch()}
          retrying={query.isFetching}
          asOf={query.data ? { at: query.dataUpdatedAt, zone } : null}
        />
      )}
      {query.isPending && <Loading what="reservations" rows={5} onRetry={() => void query.refetch()} />}
      {unreadable.length > 0 && (
        <Alert variant="info" isInline title={`${String(unreadable.length)} more cannot be shown by this server`}>
          {unreadable.map((it) => (
            <p key={it.what}>
              {it.what}: {it.detail}
            </p>
          ))}
        </Alert>
      )}
      {query.data && items.length > 0 && (
        <DataTable
          what="reservations"
          columns={columns}
          rows={items}
          keyOf={(it) => it.id}
          sort={sort}
          onSort={(next) => change({ sort: next === tab.sort ? '' : next })}
        />
      )}
      {searching && <p role="status">Searching further back.</p>}
      {query.data && items.length === 0 && filtered && !searching && !query.error && (
        <EmptyState titleText="No results" headingLevel="h2" variant="sm">
          <EmptyStateFooter>
            <EmptyStateActions>
              <Button variant="link" onClick={() => change({ text: '', kind: '' })}>
                Clear filters
              </Button>
            </EmptyStateActions>
          </EmptyStateFooter>
        </EmptyState>
      )}
      {query.data && items.length === 0 && !filtered && !query.error && (
        <EmptyState titleText={tab.empty} headingLevel="h2" variant="sm">
          <EmptyStateBody>Reservations of yours and of your teams are listed here.</EmptyStateBody>
          <EmptyStateFooter>
            <EmptyStateActions>
              <Link to={to('calendar')}>Open calendar</Link>
            </EmptyStateActions>
          </EmptyStateFooter>
        </EmptyState>
      )}
      {query.hasNextPage && !searching && (
        <Button
          variant="secondary"
          onClick={() => void query.fetchNextPage()}
          isLoading={query.isFetchingNextPage}
          spinnerAriaLabel="Loading more"
        >
          Show more
        </Button>
      )}
    </>
  )
  return (
    <>
      <PageHeading title="Reservations">
        <Button component={(props) => <Link {...props} to={to('calendar', { query: { new: '1' } })} />}>
          New reservation
        </Button>
      </PageHeading>
      <Tabs
        activeKey={filters.tab}
        onSelect={(_, key) => change({ tab: key as TabKey, sort: '' })}
        aria-label="Reservations"
      >
        {TAB_KEYS.map((key) => (
          <Tab key={key} eventKey={key} title={<TabTitleText>{TABS[key].title}</TabTitleText>}>
            {key === filters.tab && list}
          </Tab>
        ))}
      </Tabs>
      <KeptFiles zone={zone} now={now} />
    </>
  )
}
