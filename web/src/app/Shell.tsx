import {
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
  MastheadToggle,
} from '@patternfly/react-core/dist/esm/components/Masthead'
import { Nav, NavItem, NavList } from '@patternfly/react-core/dist/esm/components/Nav'
import {
  Page,
  PageSection,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
} from '@patternfly/react-core/dist/esm/components/Page'
import { useEffect, useRef } from 'react'
import { Link, NavLink, Outlet, useLocation } from 'react-router'
import { AccountMenu } from './AccountMenu'
import { Banners } from './Banners'
import { LiveBadge } from './LiveBadge'
import { to } from './routes'
import { useUser } from './SignedIn'
import { ThemeMenu } from './ThemeMenu'
import { ZoneChip } from './ZoneChip'

const MAIN_ID = 'main'

const PAGES = [
  { route: 'home', text: 'Home' },
  { route: 'calendar', text: 'Calendar' },
  { route: 'reservations', text: 'Reservations' },
  { route: 'tokenomics', text: 'Tokenomics' },
] as const
/** Of administration: the server refuses it to everybody else. */
const ADMIN_PAGES = [{ route: 'cards', text: 'GPU cards' }] as const

export function Shell() {
  const place = useLocation()
  const zone = new URLSearchParams(place.search).get('zone')
  const keep = { query: zone ? { zone } : {} }
  const pages = useUser().role === 'admin' ? [...PAGES, ...ADMIN_PAGES] : PAGES
  useTitleAndFocus(place.pathname)

  const masthead = (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton variant="plain" aria-label="Navigation" isHamburgerButton />
        </MastheadToggle>
        <MastheadBrand>
          <Link className="berth-brand" to={to('home', keep)}>
            Berth
          </Link>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <div className="berth-tools">
          <LiveBadge />
          <ZoneChip />
          <ThemeMenu />
          <AccountMenu />
        </div>
      </MastheadContent>
    </Masthead>
  )
  const sidebar = (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label="Main">
          <NavList>
            {pages.map((page) => (
              <NavItem key={page.route} itemId={page.route} isActive={place.pathname.startsWith(to(page.route))}>
                <NavLink to={to(page.route, keep)}>{page.text}</NavLink>
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  )
  return (
    <Page
      masthead={masthead}
      sidebar={sidebar}
      isManagedSidebar
      mainContainerId={MAIN_ID}
      skipToContent={
        <a className="berth-skip" href={`#${MAIN_ID}`}>
          Skip to content
        </a>
      }
    >
      <Banners />
      <PageSection isFilled className="berth-page">
        <Outlet />
      </PageSection>
    </Page>
  )
}

/** After going to another page the focus is on its heading, as it would be after loading it. */
function useTitleAndFocus(pathname: string): void {
  const last = useRef(pathname)
  useEffect(() => {
    if (last.current === pathname) return
    last.current = pathname
    const heading = document.querySelector<HTMLElement>('main h1')
    heading?.setAttribute('tabindex', '-1')
    heading?.focus({ preventScroll: true })
    document.getElementById(MAIN_ID)?.scrollTo?.(0, 0)
  }, [pathname])
}
