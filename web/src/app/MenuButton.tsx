import { Dropdown } from '@patternfly/react-core/dist/esm/components/Dropdown'
import { MenuToggle, type MenuToggleElement } from '@patternfly/react-core/dist/esm/components/MenuToggle'
import { useState, type ReactNode, type Ref } from 'react'

interface Props {
  text: string
  label: string
  variant?: 'default' | 'plainText'
  children: (close: () => void) => ReactNode
}

/** A button that opens a menu. */
export function MenuButton({ text, label, variant = 'plainText', children }: Props) {
  const [open, setOpen] = useState(false)
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      popperProps={{ position: 'right', preventOverflow: true }}
      shouldFocusToggleOnSelect
      toggle={(ref: Ref<MenuToggleElement>) => (
        <MenuToggle ref={ref} variant={variant} isExpanded={open} onClick={() => setOpen(!open)} aria-label={label}>
          {text}
        </MenuToggle>
      )}
    >
      {children(() => setOpen(false))}
    </Dropdown>
  )
}
