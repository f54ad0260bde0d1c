import {
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
} from '@patternfly/react-core/dist/esm/components/EmptyState'
import { Link } from 'react-router'
import { to } from '../app/routes'
import { PageHeading } from '../ui/PageHeading'

export function NotFound({ what = 'page' }: { what?: string }) {
  return (
    <>
      <PageHeading title={`There is no such ${what}`} />
      <EmptyState titleText="Nothing is here" headingLevel="h2">
        <EmptyStateBody>The address may be old or mistyped, or this is not yours to see.</EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>
            <Link to={to('home')}>Go to Home</Link>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    </>
  )
}
