import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core/dist/esm/components/Modal'

const KEYS = [
  ['Arrow keys', 'Move by a step or a row'],
  ['Shift and arrows', 'Extend the selection'],
  ['Drag your booking', 'Move it; drag an end to change its length. Nothing is saved before you say so'],
  ['Drag the end of what runs', 'Extend or shorten it; its start stays'],
  ['Enter', 'Set the start, then the end; on a booking, show it'],
  ['Escape', 'Clear the selection'],
  ['Home, End', 'First and last step shown'],
  ['Page up, Page down', 'Previous and next period'],
  ['T', 'Today'],
  ['?', 'This help'],
] as const

const LEGEND = [
  ['tl-mine', 'Mine'],
  ['tl-team', 'My team'],
  ['tl-booked', 'Booked by others'],
  ['tl-hold', 'Device still in use'],
  ['tl-blocked', 'Blocked: another layout of the device is in use'],
] as const

const BINS = [
  ['tl-bin4', 'All free'],
  ['tl-bin3', 'Most free'],
  ['tl-bin2', 'Some free'],
  ['tl-bin1', 'Few free'],
  ['tl-bin0', 'None free, or does not fit'],
] as const

export function Help({ onClose }: { onClose(): void }) {
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="help-title">
      <ModalHeader title="Keys and legend" labelId="help-title" />
      <ModalBody>
        <dl className="berth-keys">
          {KEYS.map(([key, text]) => (
            <div key={key}>
              <dt>{key}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
        <ul className="berth-legend">
          {[...LEGEND, ...BINS].map(([name, text]) => (
            <li key={name}>
              <span className={`berth-swatch ${name}`} aria-hidden="true" /> {text}
            </li>
          ))}
        </ul>
        <p>Any free unit of the kind will be used; the lane is only where you pointed.</p>
      </ModalBody>
      <ModalFooter>
        <Button onClick={onClose}>Close</Button>
      </ModalFooter>
    </Modal>
  )
}
