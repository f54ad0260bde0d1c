import { DropdownItem, DropdownList } from '@patternfly/react-core/dist/esm/components/Dropdown'
import { useState } from 'react'
import { MenuButton } from './MenuButton'
import { applyTheme, storedTheme, type Theme } from './theme'

const THEMES: { theme: Theme; text: string }[] = [
  { theme: 'system', text: 'System' },
  { theme: 'light', text: 'Light' },
  { theme: 'dark', text: 'Dark' },
]

export function ThemeMenu() {
  const [theme, setTheme] = useState(storedTheme)
  const text = THEMES.find((entry) => entry.theme === theme)?.text ?? ''
  return (
    <MenuButton text={text} label={`Theme: ${text}`}>
      {(close) => (
        <DropdownList>
          {THEMES.map((entry) => (
            <DropdownItem
              key={entry.theme}
              isSelected={entry.theme === theme}
              onClick={() => {
                applyTheme(entry.theme)
                setTheme(entry.theme)
                close()
              }}
            >
              {entry.text}
            </DropdownItem>
          ))}
        </DropdownList>
      )}
    </MenuButton>
  )
}
