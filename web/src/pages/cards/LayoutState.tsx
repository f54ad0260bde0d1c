import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import type { Card, Layout } from '../../api/types'
import { dayAndClock } from '../../time/format'
import { fromRfc3339, type Instant } from '../../time/instants'

interface Props {
  /** Of this node: what is in force, and what is to come. */
  layouts: Layout[]
  cards: Card[]
  zone: string
  now: Instant
}

/** How a node's cards are cut now, how they will be and when, and what holds that up. */
export function LayoutState({ layouts, cards, zone, now }: Props) {
  const at = (time: string) => dayAndClock(fromRfc3339(time), zone, now)
  const inForce = layouts.find((it) => it.state === 'in_force' && !it.stuck)
  const coming = layouts.filter((it) => it.state === 'ordered' || it.stuck)
  return (
    <>
      <p className="berth-hint">
        {inForce
          ? `In force: ${waysOf(inForce)}.`
          : cards.some((it) => it.ways.length > 1) &&
            'Which of the ways is in force is not known: no layout of this node was ordered yet.'}
      </p>
      {coming.map((it) =>
        it.stuck ? (
          <Alert key={it.id} variant="danger" isInline title={`Stuck (${it.step}): ${it.sentence}`}>
            <p>{it.repair}</p>
          </Alert>
        ) : (
          <Alert
            key={it.id}
            variant="info"
            isInline
            title={`${it.begun ? 'Changes now' : `Changes from ${at(it.not_before)}`}: ${waysOf(it)}, ordered by ${it.ordered_by}.`}
          >
            {it.sentence}
          </Alert>
        ),
      )}
    </>
  )
}

const waysOf = (layout: Layout): string =>
  layout.ways.length === 0
    ? 'each card in its only way'
    : layout.ways.map((it) => `${it.device} in way ${it.way}`).join(', ')
