import { Navigate, Outlet, createBrowserRouter } from 'react-router'
import { SignedIn } from './SignedIn'
import { PageFault } from './PageFault'
import { ROUTES, to } from './routes'
import { ZoneProvider } from './zone'

/** Addresses of portal pages. Each page is a file of its own, loaded when first visited. */
export const makeRouter = () =>
  createBrowserRouter([
    {
      path: ROUTES.signIn,
      errorElement: <PageFault />,
      hydrateFallbackElement: <></>,
      lazy: async () => ({ Component: (await import('../pages/SignIn')).SignIn }),
    },
    {
      element: (
        <SignedIn>
          <ZoneProvider>
            <Outlet />
          </ZoneProvider>
        </SignedIn>
      ),
      errorElement: <PageFault />,
      hydrateFallbackElement: <></>,
      children: [
        {
          lazy: async () => ({ Component: (await import('./Shell')).Shell }),
          errorElement: <PageFault />,
          children: [
            {
              // The shell stays whatever becomes of a page.
              errorElement: <PageFault inShell />,
              children: [
                { index: true, element: <Navigate to={to('home')} replace /> },
                { path: ROUTES.home, lazy: async () => ({ Component: (await import('../pages/home/Home')).Home }) },
                {
                  path: ROUTES.calendar,
                  lazy: async () => ({ Component: (await import('../pages/calendar/CalendarPage')).CalendarPage }),
                },
                {
                  path: ROUTES.reservations,
                  lazy: async () => ({ Component: (await import('../pages/reservations/Reservations')).Reservations }),
                },
                {
                  path: ROUTES.newReservation,
                  element: <Navigate to={to('calendar', { query: { new: '1' } })} replace />,
                },
                {
                  path: ROUTES.reservation,
                  lazy: async () => ({
                    Component: (await import('../pages/reservation/ReservationPage')).ReservationPage,
                  }),
                },
                {
                  path: ROUTES.openWorkspace,
                  lazy: async () => ({
                    Component: (await import('../pages/reservation/OpenWorkspace')).OpenWorkspace,
                  }),
                },
                {
                  path: ROUTES.tokenomics,
                  lazy: async () => ({ Component: (await import('../pages/tokenomics/Tokenomics')).Tokenomics }),
                },
                {
                  path: ROUTES.cards,
                  lazy: async () => ({ Component: (await import('../pages/cards/CardsPage')).CardsPage }),
                },
                { path: '*', lazy: async () => ({ Component: (await import('../pages/NotFound')).NotFound }) },
              ],
            },
          ],
        },
      ],
    },
  ])
