import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { to } from '../../app/routes'
import { lengthOf, range } from '../../time/format'
import type { Instant } from '../../time/instants'
import { ON_NOTHING, barWords } from '../../timeline/cells'
import type { Bar } from '../../timeline/rows'

export interface PointedBar {
  bar: Bar
  /** Selects the cell the click was on: taken time can be chosen too, what it lacks is then told. */
  select: (() => void) | null
  /** Its unit cannot be used. */
  outOfService: boolean
  /** What to put it beside. */
  at: DOMRect
}

interface Props extends PointedBar {
  /** Opens the form with it, where it is; null where it stays. */
  onMove: (() => void) | null
  onCancel: (() => void) | null
  /** Another end for what runs. */
  onEnd: (() => void) | null
  zone: string
  now: Instant
  onClose(): void
}

/** What a bar stands for. */
export function BarPopover({ bar, select, outOfService, at, zone, now, onMove, onCancel, onEnd, onClose }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const [place, setPlace] = useState({ left: at.left, top: at.bottom + 4 })
  useLayoutEffect(() => {
    const size = box.current?.getBoundingClientRect()
    if (!size) return
    const below = at.bottom + 4 + size.height < innerHeight
    setPlace({
      left: Math.max(8, Math.min(at.left, innerWidth - size.width - 8)),
      top: below ? at.bottom + 4 : Math.max(8, at.top - size.height - 4),
    })
  }, [at])
  useEffect(() => {
    box.current?.querySelector<HTMLElement>('a, button')?.focus()
    const outside = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) onClose()
    }
    document.addEventListener('pointerdown', outside)
    return () => document.removeEventListener('pointerdown', outside)
  }, [onClose])
  return (
    <div
      ref={box}
      role="dialog"
      aria-label={`${barWords(bar)}, ${range(bar, zone, now)}`}
      className="berth-popover"
      style={place}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          event.stopPropagation()
          onClose()
        }
      }}
    >
      <p className="berth-popover-title">{barWords(bar)}</p>
      <p>{range(bar, zone, now)}</p>
      <p>
        {lengthOf(bar)}
        {bar.phase ? `, ${bar.phase.toLowerCase()}` : bar.state ? `, ${bar.state.toLowerCase()}` : ''}
      </p>
      {outOfService && <p className="berth-fit-bad">It is {ON_NOTHING}.</p>}
      <div className="berth-chips">
        {bar.reservation && (
          <>
            <Link to={to('reservation', { id: bar.reservation })}>Open</Link>
            {bar.kind === 'mine' && bar.end > now && (
              <Link to={to('reservation', { id: bar.reservation }, { hash: 'change' })}>Extend</Link>
            )}
          </>
        )}
        {onMove && (
          <Button variant="link" isInline onClick={onMove}>
            Move
          </Button>
        )}
        {onEnd && (
          <Button variant="link" isInline onClick={onEnd}>
            Change its end
          </Button>
        )}
        {onCancel && (
          <Button variant="link" isInline isDanger onClick={onCancel}>
            Cancel reservation
          </Button>
        )}
        {select && (
          <Button variant="link" isInline onClick={select}>
            Select this time
          </Button>
        )}
        <Button variant="link" isInline onClick={onClose}>
          Close
        </Button>
      </div>
    </div>
  )
}
