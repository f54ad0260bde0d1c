import { defineConfig } from '@playwright/test'
import { BASE_URL, CHROMIUM } from './tests/rig/settings.ts'

const ARTIFACTS = process.env['BERTH_WEB_ARTIFACTS'] ?? '../build/web-tests'

// What books, waits for sessions and injects faults; apart from the rest, so that each half can run beside the other
// with a pool of its own (test/suites.json). What is new and named nowhere is of the rest.
const BOOKINGS = /(calendar|conflict|faults|live|session|zones)\.spec\.ts/

// What the gate leaves to `make test-all`: its like is tested there once, or by the unit tests.
const WHOLE = process.env['BERTH_WHOLE_PAGES'] === '1' ? {} : { grepInvert: /@whole/ }

// Chromium loads two web pages of its own for the address bar of each window, for nobody to see, at a quarter of what our tests
// take of the processors. The last such list is the one that counts, so those of Playwright itself come first.
const SWITCHED_OFF = [
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsUpgrades'],
  ...[
    'HttpsFirstBalancedModeAutoEnable',
    'LensOverlay',
    'MediaRouter',
    'PaintHolding',
    'ThirdPartyStoragePartitioning',
  ],
  ...['AvoidCorsURLLoaderRestartOnRedirect', 'TcpPortRandomizationWin', 'OptimizationHints'],
  ...['NetworkTimeServiceQuerying', 'AimEnabled', 'PreconnectToSearch'],
  ...['PreloadTopChromeWebUI', 'WebUIOmniboxPopup', 'WebUIOmniboxFullPopup', 'WebUIOmniboxAimPopup'],
]

export default defineConfig({
  testDir: 'tests',
  outputDir: `${ARTIFACTS}/results`,
  globalSetup: './tests/rig/global_setup.ts',
  // All tests share one pool with four slices: two at once would book each other's capacity away.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  timeout: 120_000,
  globalTimeout: 23 * 60_000,
  // Ten times what they take on a busy machine.
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    baseURL: BASE_URL,
    actionTimeout: 30_000,
    navigationTimeout: 60_000,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    viewport: { width: 1440, height: 900 },
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: CHROMIUM,
      args: ['--disable-dev-shm-usage', '--disable-gpu', `--disable-features=${SWITCHED_OFF.join(',')}`],
    },
  },
  projects: [
    { name: 'bookings', testMatch: BOOKINGS, ...WHOLE },
    { name: 'rest', testMatch: /.*\.spec\.ts/, testIgnore: [BOOKINGS, /bench\.spec\.ts/], ...WHOLE },
    { name: 'bench', testMatch: /bench\.spec\.ts/ },
    { name: 'screenshots', testMatch: /screenshots\.shots\.ts/ },
  ],
})
