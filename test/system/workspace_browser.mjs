// Opens a workspace in Chromium by a ticket's address and does in it what a person does first: a command in the editor's terminal, or a
// cell in a notebook. Prints one line of JSON: seconds, the hosts of all requests, what the cell gave.
//
//   node workspace_browser.mjs editor|lab URL [PICTURE]
import { createRequire } from 'node:module'
import { existsSync } from 'node:fs'

const require = createRequire(new URL('../../web/package.json', import.meta.url))
const { chromium } = require('playwright-core')

const [app, url, picture] = process.argv.slice(2)
const PATIENCE_MS = 120_000
const program = ['/usr/bin/chromium', '/usr/bin/chromium-headless-shell'].find(existsSync)

const browser = await chromium.launch({
  executablePath: program,
  // Without WebGL: what the terminal draws by it is no text of the page.
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-3d-apis'],
})
try {
  const page = await browser.newPage({ viewport: { width: 1366, height: 768 } })
  page.setDefaultTimeout(PATIENCE_MS)
  const hosts = new Set()
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url())
    if (protocol.startsWith('http')) hosts.add(host)
  })
  page.on('websocket', (socket) => hosts.add(new URL(socket.url()).host))
  const begun = Date.now()
  await page.goto(url, { timeout: PATIENCE_MS })
  const output = await (app === 'editor' ? editor(page) : lab(page))
  const seconds = ((Date.now() - begun) / 1000).toFixed(1)
  if (picture && app === 'editor') await page.screenshot({ path: picture })
  console.log(JSON.stringify({ seconds, hosts: [...hosts], output }))
} finally {
  await browser.close()
}

async function editor(page) {
  await page.waitForSelector('.monaco-workbench')
  // The terminal takes keys a while after it is drawn: what was typed too early is typed again.
  const rows = page.locator('.xterm-rows').first()
  const shows = (text, patience) =>
    page
      .waitForFunction((wanted) => document.querySelector('.xterm-rows')?.textContent.includes(wanted), text, { timeout: patience })
      .then(() => true, () => false)
  // The editor is drawn before it hears keys, and a key that it did not hear is lost. One that it heard late closes what the next one
  // opened, and the one after opens it again.
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; ) {
    await page.keyboard.press('Control+Backquote')
    if (await rows.waitFor({ timeout: 10_000 }).then(() => true, () => false)) break
  }
  await rows.waitFor()
  await shows('$', PATIENCE_MS / 2)
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; ) {
    await page.locator('.xterm-helper-textarea').first().focus()
    await page.keyboard.type('kubectl get quota; echo BERTH-$((6*7)) | tee ~/berth-said\n', { delay: 15 })
    if (await shows('BERTH-42', 15_000)) break
  }
  return ''
}

async function lab(page) {
  await page.locator('.jp-LauncherCard[data-category="Notebook"]').first().click()
  await page.locator('.jp-Notebook .jp-CodeCell .cm-content').first().click()
  await page.keyboard.type('print("BERTH-" + str(6 * 7))')
  const output = page.locator('.jp-OutputArea-output').first()
  // A kernel that is still starting drops what it is given.
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; ) {
    await page.locator('.jp-Notebook .jp-CodeCell .cm-content').first().click()
    await page.keyboard.press('Control+Enter')
    if (await output.waitFor({ timeout: 15_000 }).then(() => true, () => false)) break
  }
  await output.waitFor()
  return (await output.innerText()).trim()
}
