import { Navigate, Outlet, createBrowserRouter } from 'react-router'
import { SignedIn } from './SignedIn'
import { PageFault } from './PageFault'
import { ZoneProvider } from './zone'

/** Addresses of portal pages. Each page is a file of its own, loaded when first visited. */
export const makeRouter = () =>
  createBrowserRouter([
    {
      path: '/sign-in',
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
            { index: true, element: <Navigate to="/home" replace /> },
            { path: 'home', lazy: async () => ({ Component: (await import('../pages/home/Home')).Home }) },
            {
              path: 'calendar',
              lazy: async () => ({ Component: (await import('../pages/calendar/CalendarPage')).CalendarPage }),
            },
            {
              path: 'reservations',
              lazy: async () => ({ Component: (await import('../pages/reservations/Reservations')).Reservations }),
            },
            { path: 'reservations/new', element: <Navigate to="/calendar?new=1" replace /> },
            {
              path: 'reservations/:id',
              lazy: async () => ({ Component: (await import('../pages/reservation/ReservationPage')).ReservationPage }),
            },
            {
              path: 'tokenomics',
              lazy: async () => ({ Component: (await import('../pages/tokenomics/Tokenomics')).Tokenomics }),
            },
            { path: '*', lazy: async () => ({ Component: (await import('../pages/NotFound')).NotFound }) },
          ],
        },
      ],
    },
  ])
