import { DropdownItem, DropdownList } from '@patternfly/react-core/dist/esm/components/Dropdown'
import { useNavigate } from 'react-router'
import { useSignOut } from '../api/queries'
import { useDraft } from './draft'
import { MenuButton } from './MenuButton'
import { useUser } from './SignedIn'
import { to } from './routes'

export function AccountMenu() {
  const user = useUser()
  const signOut = useSignOut()
  const navigate = useNavigate()
  const { setDraft } = useDraft()
  const leave = () => {
    setDraft(null)
    signOut.mutate(undefined, { onSuccess: () => void navigate(to('signIn'), { replace: true }) })
  }
  return (
    <MenuButton text={user.name} label={`Account: ${user.name}`}>
      {(close) => (
        <DropdownList>
          <DropdownItem
            isDisabled
            description={`${user.email}, ${user.role}${user.teams.length ? `, ${user.teams.join(', ')}` : ''}`}
          >
            {user.name}
          </DropdownItem>
          <DropdownItem
            onClick={() => {
              close()
              leave()
            }}
          >
            Sign out
          </DropdownItem>
        </DropdownList>
      )}
    </MenuButton>
  )
}
