import { QueryClientProvider } from '@tanstack/react-query'
import { render, type RenderResult } from '@testing-library/react'
import { useState, type ReactNode } from 'react'
import { BrowserRouter, Outlet, Route, RouterProvider, Routes, createBrowserRouter, useLocation } from 'react-router'
import { onTestFinished } from 'vitest'
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

/** What a page has around it, but for the router. */
function Around({ children }: { children: ReactNode }) {
  const [client] = useState(makeQueryClient)
  return (
    <QueryClientProvider client={client}>
      <Announcer>
        <DraftProvider>{children}</DraftProvider>
      </Announcer>
    </QueryClientProvider>
  )
}

function Inside({ children }: { children: ReactNode }) {
  return (
    <UserProvider value={user}>
      <ZoneProvider>
        {children}
        <Address />
      </ZoneProvider>
    </UserProvider>
  )
}

const MOST_MOVES = 200

/** Pages write to the window's own address, so routers of tests are a browser's. */
const beginAt = (at: string) =>
  history.replaceState(null, '', `${at}${at.includes('?') ? '&' : '?'}zone=${encodeURIComponent(ZONE)}`)

/** A page as the router shows it, for Ana, with times of Berlin. */
export function renderPage(page: ReactNode, { at = '/', route = '*' } = {}): RenderResult {
  beginAt(at)
  return render(
    <Around>
      <BrowserRouter>
        <Inside>
          <Routes>
            <Route path={route} element={page} />
            <Route path="*" element={null} />
          </Routes>
        </Inside>
      </BrowserRouter>
    </Around>,
  )
}

/** Pages with the portal's own kind of router, which goes elsewhere in a transition; `moves` counts where it went. */
export function renderRouted(pages: Record<string, ReactNode>, at: string) {
  const frame = (
    <Inside>
      <Outlet />
    </Inside>
  )
  const children = Object.entries(pages).map(([path, element]) => ({ path, element }))
  beginAt(at)
  const router = createBrowserRouter([{ element: frame, children }])
  onTestFinished(() => router.dispose())
  let moves = 0
  router.subscribe(() => {
    moves += 1
    // A page that goes elsewhere without end would let no timer of a test run either.
    if (moves > MOST_MOVES) throw new Error(`the page went elsewhere more than ${MOST_MOVES} times`)
  })
  render(
    <Around>
      <RouterProvider router={router} />
    </Around>,
  )
  return { moves: () => moves, go: (where: string) => router.navigate(where), back: () => router.navigate(-1) }
}
