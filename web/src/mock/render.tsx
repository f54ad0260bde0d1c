import { QueryClientProvider } from '@tanstack/react-query'
import { render, type RenderResult } from '@testing-library/react'
import { useState, type ReactNode } from 'react'
import { MemoryRouter, Route, Routes, useLocation } from 'react-router'
import { makeQueryClient } from '../api/queries'
import { DraftProvider } from '../app/draft'
import { UserProvider } from '../app/SignedIn'
import { ZoneProvider } from '../app/zone'
import { Announcer } from '../ui/announce'
import { user, ZONE } from './data'

/** Where the page is now, for a test to look at. */
function Address() {
  const { pathname, search, hash } = useLocation()
  return <output aria-label="Address">{pathname + search + hash}</output>
}

function Providers({ at, children }: { at: string; children: ReactNode }) {
  const [client] = useState(makeQueryClient)
  return (
    <QueryClientProvider client={client}>
      <Announcer>
        <DraftProvider>
          <MemoryRouter initialEntries={[at]}>
            <UserProvider value={user}>
              <ZoneProvider>
                {children}
                <Address />
              </ZoneProvider>
            </UserProvider>
          </MemoryRouter>
        </DraftProvider>
      </Announcer>
    </QueryClientProvider>
  )
}

/** A page as the router shows it, for Ana, with times of Berlin. */
export const renderPage = (page: ReactNode, { at = '/', route = '*' } = {}): RenderResult =>
  render(
    <Providers at={`${at}${at.includes('?') ? '&' : '?'}zone=${encodeURIComponent(ZONE)}`}>
      <Routes>
        <Route path={route} element={page} />
        <Route path="*" element={null} />
      </Routes>
    </Providers>,
  )
