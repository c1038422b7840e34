import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BrowserContext, expect, type Page, test } from '@playwright/test'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { browseConsole, type Folder, goToAddress, makeFolder, type OpenConsole, openBrowser } from './consoles.ts'
import { browserMissing } from './missing.ts'

// Notifications of alarms at a desk, by a real browser: its rules of sound, its notifications, and one of several windows.

const missing = browserMissing()
test.skip(missing !== null, missing ?? '')
test.describe.configure({ mode: 'serial' })

const serverName = 'Berlin'
const blockedMessage = 'Sound is blocked until you click'
let folder: Folder
let fleet: DemoFleet
let sat: OpenConsole
let page: Page
/** Another browser of the same desk. */
let other: BrowserContext | null = null

/** What a page made the browser do. */
interface Shown {
  readonly notices: readonly string[]
  /** Signals that began to be repeated, in seconds of their period, and silences. */
  readonly sounds: readonly (number | 'silence')[]
}
const shownBy = (page: Page) => page.evaluate(() => (window as unknown as { shown: Shown }).shown)
const soundsOf = async (page: Page) => (await shownBy(page)).sounds
const noticesOf = async (page: Page) => (await shownBy(page)).notices

/** Runs in the page before its own scripts: notes what it makes the browser do. */
function record(blocked: string) {
  new MutationObserver(() => {
    if (document.querySelector('[role="alert"] b')?.textContent === blocked) console.info(blocked)
  }).observe(document, { childList: true, subtree: true })
  const notices: string[] = []
  const sounds: (number | 'silence')[] = []
  Object.assign(window, { shown: { notices, sounds } })
  window.Notification = class extends Notification {
    constructor(title: string, options?: NotificationOptions) {
      super(title, options)
      notices.push(title)
    }
  }
  const { start, stop } = AudioBufferSourceNode.prototype
  AudioBufferSourceNode.prototype.start = function (...when) {
    if (this.loop) sounds.push(this.buffer?.duration ?? 0)
    return start.apply(this, when)
  }
  AudioBufferSourceNode.prototype.stop = function (...when) {
    sounds.push('silence')
    return stop.apply(this, when)
  }
}

test.beforeAll(async () => {
  folder = await makeFolder()
  fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'notifications',
    servers: [{ name: serverName, paths: ['cam1', 'cam2'].map((name) => ({ name })) }],
  })
  const config = join(folder.dir, 'mtxdeck.yaml')
  writeFileSync(config, JSON.stringify({ servers: fleet.yamlServers().map(({ name, url }) => ({ name, url })) }))
  sat = await browseConsole(['start', '--listen', '127.0.0.1:0', '--data-dir', join(folder.dir, 'data'), '--config', config])
  await sat.page.context().addInitScript(record, blockedMessage)
})
test.afterAll(async () => {
  await other?.close()
  await sat?.close()
  await fleet?.[Symbol.asyncDispose]()
  await folder?.remove()
})

test('notifications are allowed by a click, which asks the browser', async () => {
  page = sat.page
  await page.reload()
  await goToAddress(page, '/settings/notifications')
  await expect(page.getByRole('button', { name: 'Allow notifications' })).toBeVisible()
  await page.context().grantPermissions(['notifications'])
  await page.getByRole('button', { name: 'Allow notifications' }).click()
  await page.getByRole('button', { name: 'Send a test' }).click()
  await expect.poll(() => noticesOf(page)).toEqual(['mtxdeck'])
})

test('a page that nobody has clicked in is silent, and says so; a click lets it sound', async () => {
  await page.getByRole('checkbox', { name: 'critical' }).last().check()
  await expect(page.getByRole('button', { name: 'Sound of alarms is on' })).toBeVisible()
  fleet.server(serverName).trouble({ kind: 'publisherGone', path: 'cam1' })
  await expect.poll(() => soundsOf(page)).toEqual([3])
  await expect.poll(() => noticesOf(page)).toEqual(['mtxdeck', 'critical: cam1 · Berlin'])
  // In another browser of this desk nobody has clicked: the alarm still lasts, and is no news.
  const desk = await page.context().storageState()
  other = await (await openBrowser()).newContext({ storageState: desk, locale: 'en-US', permissions: ['notifications'] })
  await other.addInitScript(record, blockedMessage)
  const address = page.url()
  page = await other.newPage()
  // Whatever else is asked of a page counts as a click in it.
  const blocked = page.waitForEvent('console', (message) => message.text() === blockedMessage)
  await page.goto(address)
  await blocked
  await expect(page.getByText(blockedMessage)).toBeVisible()
  expect(await shownBy(page)).toEqual({ notices: [], sounds: [] })
  await page.getByRole('button', { name: 'Allow sound' }).click()
  await expect.poll(() => soundsOf(page)).toEqual([3])
  await expect(page.getByText(blockedMessage)).toHaveCount(0)
})

test('of two windows one sounds and notifies; when it is closed, the other does', async () => {
  const first = page
  const second = await first.context().newPage()
  await second.goto(first.url())
  await second.getByRole('heading', { name: 'Settings' }).click()
  fleet.server(serverName).trouble({ kind: 'publisherGone', path: 'cam2' })
  await expect.poll(() => noticesOf(first)).toEqual(['critical: cam2 · Berlin'])
  await expect(second).toHaveTitle('(2) critical · mtxdeck')
  expect(await shownBy(second)).toEqual({ notices: [], sounds: [] })
  await first.close()
  await expect.poll(() => soundsOf(second)).toEqual([3])
  expect(await noticesOf(second)).toEqual([])
  await second.keyboard.press('Shift+M')
  await expect(second.getByRole('button', { name: 'Muted until' })).toBeVisible()
  expect(await soundsOf(second)).toEqual([3, 'silence'])
  await second.keyboard.press('Shift+M')
  await expect.poll(() => soundsOf(second)).toEqual([3, 'silence', 3])
  await goToAddress(second, '/alarms')
  await second.getByRole('checkbox', { name: /Select all listed/ }).check()
  await second.keyboard.press('a')
  await expect.poll(() => soundsOf(second)).toEqual([3, 'silence', 3, 'silence'])
  await expect(second).toHaveTitle('2 acknowledged · mtxdeck')
})
