import { Divider } from '@patternfly/react-core/dist/esm/components/Divider'
import { DropdownItem, DropdownList } from '@patternfly/react-core/dist/esm/components/Dropdown'
import { useState } from 'react'
import { allZones, isZone, zoneChip } from '../time/zones'
import { useSlowNow } from '../ui/use_now'
import { MenuButton } from './MenuButton'
import { useZones } from './zone'

export function ZoneChip() {
  const { zone, platform, device, setZone } = useZones()
  const now = useSlowNow()
  const choices = new Map([
    [device, 'This device'],
    [platform, 'This platform'],
    ['UTC', 'UTC'],
  ])
  const chip = zoneChip(now, zone)
  return (
    <MenuButton text={chip} label={`Time zone: ${chip}`} variant="default">
      {(close) => (
        <>
          <DropdownList>
            {[...choices].map(([id, description]) => (
              <DropdownItem
                key={id}
                isSelected={id === zone}
                description={id === 'UTC' && description === 'UTC' ? undefined : description}
                onClick={() => {
                  setZone(id)
                  close()
                }}
              >
                {zoneChip(now, id)}
              </DropdownItem>
            ))}
          </DropdownList>
          <Divider />
          <OtherZone
            onChoose={(id) => {
              setZone(id)
              close()
            }}
          />
        </>
      )}
    </MenuButton>
  )
}

function OtherZone({ onChoose }: { onChoose(zone: string): void }) {
  const [text, setText] = useState('')
  const [refused, setRefused] = useState(false)
  const choose = () => {
    if (isZone(text.trim())) onChoose(text.trim())
    else setRefused(true)
  }
  return (
    <form
      className="berth-other-zone"
      onSubmit={(event) => {
        event.preventDefault()
        choose()
      }}
    >
      <label htmlFor="other-zone">Other time zone</label>
      <input
        id="other-zone"
        list="all-zones"
        value={text}
        placeholder="Asia/Tokyo"
        onChange={(event) => {
          setText(event.target.value)
          setRefused(false)
          if (isZone(event.target.value) && event.target.value.includes('/')) onChoose(event.target.value)
        }}
        // The menu around it has keys of its own.
        onKeyDown={(event) => {
          if (event.key !== 'Escape' && event.key !== 'Tab') event.stopPropagation()
        }}
      />
      <datalist id="all-zones">
        {allZones().map((id) => (
          <option key={id} value={id} />
        ))}
      </datalist>
      {refused && <p role="alert">There is no zone of this name.</p>}
    </form>
  )
}
