import type { ReactNode } from 'react'
import { Navigate, useLocation } from 'react-router'
import { useMe } from '../api/queries'
import type { User } from '../api/types'
import { OwnPassword } from './OwnPassword'
import { ErrorPanel } from '../ui/ErrorPanel'
import { Loading } from '../ui/Loading'
import { createContext, useContext } from 'react'
import { LiveProvider } from './live'
import { to } from './routes'

const UserContext = createContext<User | null>(null)
export const UserProvider = UserContext.Provider

export function useUser(): User {
  const user = useContext(UserContext)
  if (!user) throw new Error('useUser outside of SignedIn')
  return user
}

/** Its children are there for who is signed in; everyone else goes to the sign-in and comes back to where they were. */
export function SignedIn({ children }: { children: ReactNode }) {
  const me = useMe()
  const place = useLocation()
  if (me.data?.password_change_needed) return <OwnPassword user={me.data} />
  if (me.data) {
    return (
      <UserProvider value={me.data}>
        <LiveProvider>{children}</LiveProvider>
      </UserProvider>
    )
  }
  if (me.data === null) {
    const from = place.pathname + place.search
    return <Navigate to={to('signIn', from === '/' ? {} : { query: { return: from } })} replace />
  }
  return (
    <main className="berth-alone">
      {me.error ? (
        <>
          <h1>Berth</h1>
          <ErrorPanel what="Your account" error={me.error} onRetry={() => void me.refetch()} retrying={me.isFetching} />
        </>
      ) : (
        <Loading what="Berth" rows={3} onRetry={() => void me.refetch()} />
      )}
    </main>
  )
}
