import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect'
import { useSearchParams } from 'react-router'
import { useCards, useLayouts, usePools } from '../../api/queries'
import type { Card, Layout } from '../../api/types'
import { useZone } from '../../app/zone'
import { ErrorPanel } from '../../ui/ErrorPanel'
import { Loading } from '../../ui/Loading'
import { PageHeading } from '../../ui/PageHeading'
import { useEditAddress } from '../../ui/edit_address'
import { useSlowNow } from '../../ui/use_now'
import { CardPicture } from './CardPicture'
import { LayoutState } from './LayoutState'
import './cards.css'

/** For an admin: the cards of a pool's nodes, in which ways each may be cut, and which of them holds. */
export function CardsPage() {
  const pools = usePools()
  const [params] = useSearchParams()
  const edit = useEditAddress()
  const wanted = params.get('pool')
  const pool = pools.data?.find((it) => it.name === wanted) ?? pools.data?.[0]
  return (
    <>
      <PageHeading title="GPU cards">
        {pools.data && pools.data.length > 1 && (
          <FormSelect
            className="berth-kind"
            aria-label="Pool"
            value={pool?.name}
            onChange={(_, name) =>
              edit((old) => {
                const next = new URLSearchParams(old)
                next.set('pool', name)
                return next
              })
            }
          >
            {pools.data.map((it) => (
              <FormSelectOption key={it.name} value={it.name} label={it.name} />
            ))}
          </FormSelect>
        )}
      </PageHeading>
      {pools.error && !pools.data && (
        <ErrorPanel what="Pools" error={pools.error} onRetry={() => void pools.refetch()} retrying={pools.isFetching} />
      )}
      {pools.data?.length === 0 && <p>There is no pool yet. Add one with "berth apply -f pools.yaml".</p>}
      {pool && <CardsOfPool key={pool.name} pool={pool.name} />}
    </>
  )
}

function CardsOfPool({ pool }: { pool: string }) {
  const cards = useCards(pool)
  const layouts = useLayouts(pool)
  const zone = useZone()
  const now = useSlowNow()
  if (cards.error && !cards.data)
    return (
      <ErrorPanel
        what="The cards"
        error={cards.error}
        onRetry={() => void cards.refetch()}
        retrying={cards.isFetching}
      />
    )
  if (!cards.data) return <Loading what="the cards" onRetry={() => void cards.refetch()} />
  if (cards.data.length === 0) return <p>This pool has no node with a card.</p>
  return (
    <>
      {layouts.error && (
        <ErrorPanel
          what="What is in force"
          error={layouts.error}
          onRetry={() => void layouts.refetch()}
          retrying={layouts.isFetching}
          asOf={layouts.data ? { at: layouts.dataUpdatedAt, zone } : null}
        />
      )}
      {byNode(cards.data).map(([node, mine]) => {
        const ofNode = layouts.data?.filter((it) => it.node === node)
        return (
          <section key={node} className="berth-cards-of-node" aria-labelledby={`node-${node}`}>
            <h2 id={`node-${node}`} className="berth-h2">
              {node}
            </h2>
            {ofNode && <LayoutState layouts={ofNode} cards={mine} zone={zone} now={now} />}
            {mine.map((it) => (
              <CardWays key={it.device} card={it} inForce={wayInForce(it, ofNode)} />
            ))}
          </section>
        )
      })}
    </>
  )
}

function CardWays({ card, inForce }: { card: Card; inForce: number | null }) {
  const several = card.ways.length > 1
  return (
    <>
      <h3 className="berth-h3">{`${card.device} (GPU ${card.index}): ${card.card ?? (card.model || 'a card')}`}</h3>
      {card.card === null && <p className="berth-hint">It is not cut: no table of its slices is known.</p>}
      {!card.places_seen && (
        <p className="berth-hint">
          Where its slices may lie is expected, not seen: look with <code>nvidia-smi mig -lgipp</code>.
        </p>
      )}
      {card.faults.length > 0 && (
        <ul className="berth-card-faults">
          {card.faults.map((it) => (
            <li key={it}>{it}</li>
          ))}
        </ul>
      )}
      {card.ways.map((it) => {
        const words = several
          ? `Way ${it.way} of ${card.ways.length}${it.way === inForce ? ', in force' : ''}`
          : 'Its only way'
        return (
          <div key={it.way} className={it.way === inForce ? 'berth-card-way berth-card-in-force' : 'berth-card-way'}>
            {several && <p className="berth-card-words">{words}</p>}
            <CardPicture cut={it} positions={card.positions} label={`${card.device}: ${words}`} />
          </div>
        )
      })}
    </>
  )
}

/** Null: not known, or there is only one way. */
function wayInForce(card: Card, layouts: Layout[] | undefined): number | null {
  const held = layouts?.find((it) => it.state === 'in_force' && !it.stuck)
  // By what lies in it: the pool may have been declared anew since, and ways counted anew.
  return card.ways.find((way) => way.parts.every((it) => held?.units.includes(it.unit)))?.way ?? null
}

function byNode(cards: Card[]): [string, Card[]][] {
  const nodes = new Map<string, Card[]>()
  for (const it of cards) nodes.set(it.node, [...(nodes.get(it.node) ?? []), it])
  return [...nodes]
}
