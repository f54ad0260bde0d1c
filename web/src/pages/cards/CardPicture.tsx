import type { CardCut } from '../../api/types'

interface Props {
  cut: CardCut
  positions: number
  label: string
}

/** A card as wide as the page, cut in one way: each part as wide as it takes of the card, with what it is and is called. */
export function CardPicture({ cut, positions, label }: Props) {
  return (
    <ol className="berth-card-picture" aria-label={label} style={{ ['--berth-positions' as string]: positions }}>
      {cut.parts.map((it) => (
        <li key={it.unit} style={{ gridColumn: `${it.start + 1} / ${it.end + 1}` }}>
          <span className="berth-card-profile">
            {it.profile || 'whole'}
            {it.replicas > 1 && ` x${it.replicas}`}
          </span>
          <span>{it.unit}</span>
          {it.profile && <span className="berth-card-places">{`${it.start} to ${it.end - 1}`}</span>}
        </li>
      ))}
    </ol>
  )
}
