import { Radio } from '@patternfly/react-core/dist/esm/components/Radio'
import type { DeviceClass } from '../../api/types'
import { SLOT_NOTE, slotWords, type Mode } from '../../booking/words'

const MODES: Mode[] = ['interactive_ml', 'inference_containers']

interface Props {
  mode: Mode
  deviceClass: DeviceClass
  units: number
  onChange(mode: Mode): void
}

/** The two modes with what each leaves of the slots, drawn and in words. */
export function ModeCards({ mode, deviceClass, units, onChange }: Props) {
  return (
    <fieldset className="berth-modes">
      <legend>Mode</legend>
      {MODES.map((it) => {
        const words = slotWords(it, deviceClass, units)
        return (
          <div key={it} className="berth-mode">
            <Radio
              id={`mode-${it}`}
              name="mode"
              label={words.title}
              description={words.sentence}
              isChecked={mode === it}
              onChange={() => onChange(it)}
            />
            <div className="berth-slots" aria-hidden="true">
              {Array.from({ length: Math.min(words.total, 32) }, (_, slot) => (
                <span key={slot} className={slot < words.used ? 'berth-slot-used' : 'berth-slot'} />
              ))}
            </div>
          </div>
        )
      })}
      <p className="berth-hint">{SLOT_NOTE}</p>
    </fieldset>
  )
}
