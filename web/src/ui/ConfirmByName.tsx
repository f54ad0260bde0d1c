import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { Form, FormGroup } from '@patternfly/react-core/dist/esm/components/Form'
import { Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core/dist/esm/components/Modal'
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput'
import { useId, useState, type ReactNode } from 'react'

interface Props {
  title: string
  /** What is lost. */
  children: ReactNode
  /** Must be typed; null where a click is enough. */
  name: string | null
  action: string
  safe: string
  /** Nothing is lost by it. */
  harmless?: boolean
  busy: boolean
  error: ReactNode
  onConfirm(): void
  onClose(): void
}

/** Asks before something is lost. The safe button has the focus. */
export function ConfirmByName({
  title,
  children,
  name,
  action,
  safe,
  harmless = false,
  busy,
  error,
  onConfirm,
  onClose,
}: Props) {
  const [typed, setTyped] = useState('')
  const id = useId()
  const ready = name === null || typed.trim() === name
  const confirm = () => {
    if (ready && !busy) onConfirm()
  }
  return (
    <Modal
      isOpen
      variant="small"
      onClose={onClose}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-body`}
      elementToFocus={`#${CSS.escape(`${id}-safe`)}`}
    >
      <ModalHeader
        title={title}
        labelId={`${id}-title`}
        {...(harmless ? {} : { titleIconVariant: 'warning' as const })}
      />
      <ModalBody id={`${id}-body`}>
        {children}
        {name !== null && (
          <Form
            onSubmit={(event) => {
              event.preventDefault()
              confirm()
            }}
          >
            <FormGroup label={`Type "${name}" to confirm`} fieldId={`${id}-name`}>
              <TextInput id={`${id}-name`} value={typed} onChange={(_, value) => setTyped(value)} autoComplete="off" />
            </FormGroup>
          </Form>
        )}
        {error}
      </ModalBody>
      <ModalFooter>
        <Button
          variant={harmless ? 'primary' : 'danger'}
          onClick={confirm}
          isAriaDisabled={!ready}
          isLoading={busy}
          spinnerAriaLabel="Working"
          aria-describedby={ready ? undefined : `${id}-why`}
        >
          {action}
        </Button>
        <Button id={`${id}-safe`} variant="link" onClick={onClose}>
          {safe}
        </Button>
        {!ready && (
          <span id={`${id}-why`} className="berth-hint">
            Type the name first.
          </span>
        )}
      </ModalFooter>
    </Modal>
  )
}
