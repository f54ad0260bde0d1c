import { Title } from '@patternfly/react-core/dist/esm/components/Title'
import { useEffect, type ReactNode } from 'react'

/** The page's one first-level heading; the browser's title follows it. */
export function PageHeading({ title, children }: { title: string; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} - Berth`
  }, [title])
  return (
    <div className="berth-heading">
      <Title headingLevel="h1" size="2xl">
        {title}
      </Title>
      {children}
    </div>
  )
}
