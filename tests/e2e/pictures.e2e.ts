import { mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { type Folder, goToAddress, kinds, makeFolder, type OpenConsole } from './consoles.ts'

// Pictures of every page, of the demo fleet: to be looked at, and for README and docs. `MTXDECK_PICTURES=docs/pictures` puts
// them where these show them; without it the ones that are there stay as they are.

const target = process.env.MTXDECK_PICTURES ?? 'test-results/pictures'
const kind = kinds.find(({ missing }) => missing() === null)
test.skip(kind === undefined, kinds.map(({ missing }) => missing()).join('; '))

const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
]
const areKept = process.env.MTXDECK_PICTURES !== undefined
/** Long enough for charts to have something to show, and for the fleet to have had some trouble; less where the pictures are not kept. */
const watchedMs = areKept ? 75_000 : 5_000

let folder: Folder
let sat: OpenConsole
let server = ''
let began = 0

test.beforeAll(async () => {
  test.setTimeout(300_000)
  mkdirSync(target, { recursive: true })
  folder = await makeFolder()
  began = Date.now()
  sat = await (kind as (typeof kinds)[number]).open({ dir: folder.dir, demo: true })
  const { page } = sat
  await page.getByRole('link', { name: 'Hamburg-2' }).first().click()
  await expect(page).toHaveURL(/#\/servers\//)
  server = /#(\/servers\/[^/?]+)/.exec(page.url())?.[1] ?? ''
  await page.waitForTimeout(watchedMs)
})
test.afterAll(async () => {
  await sat?.close()
  await folder?.remove()
})

const pages = [
  { name: 'overview', address: () => '/', shows: 'Fleet map' },
  // One that is among the first rows however the fleet fares.
  { name: 'streams', address: () => '/streams', shows: 'event/side' },
  { name: 'stream', address: () => `${server}/streams/bridge/cam-7?from=${began}`, shows: 'Details', plays: true },
  { name: 'wall', address: () => '/wall', shows: 'Penalty wall' },
  { name: 'servers', address: () => '/servers', shows: 'Hamburg-2' },
  { name: 'server', address: () => `${server}?from=${began}`, shows: 'Hamburg-2' },
  { name: 'history', address: () => `/history?from=${began}&to=${Date.now()}`, shows: 'Timeline' },
  // A moment with troubles of its own, none of which are those of now.
  { name: 'past', address: () => `/?at=${began + Math.round(watchedMs * 0.6)}`, shows: 'You are in the past:' },
  { name: 'hosts', address: () => '/hosts', shows: hostname() },
  { name: 'probes', address: () => '/probes', shows: 'lobby/door' },
  { name: 'planner', address: () => '/planner?streams=22&transcoding=yes', shows: 'Requirements' },
  { name: 'settings', address: () => '/settings/servers', shows: 'Hamburg-2' },
  { name: 'welcome', address: () => '/welcome', shows: 'Welcome to mtxdeck' },
] as const

// Light for those that are kept, and at one size: it adds nothing but colours, whose contrasts are evaluated on every page (`axe.e2e.ts`).
for (const [theme, shown] of [
  ['dark', sizes],
  ['light', areKept ? sizes.slice(0, 1) : []],
] as const)
  for (const { name, address, shows, ...rest } of pages)
    for (const size of shown)
      test(`a picture of ${name}, ${theme}, ${size.width} wide`, async () => {
        const { page } = sat
        await page.setViewportSize(size)
        await goToAddress(page, address())
        if ((await page.evaluate(() => document.documentElement.dataset.theme)) !== theme)
          await page.getByRole('button', { name: 'Dark, light or system theme' }).click()
        await expect.poll(() => page.evaluate(() => document.documentElement.dataset.theme)).toBe(theme)
        await expect(page.getByText(shows).first()).toBeVisible()
        if ('plays' in rest) await expect(page.locator('video')).toHaveAttribute('data-picture', 'playing')
        await page.mouse.move(0, 0)
        await expect(page.locator('[data-skeleton]')).toHaveCount(0)
        // Toasts go, charts are drawn to their end.
        if (areKept) await page.waitForTimeout(1_500)
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        expect(overflow, 'the page is wider than its window').toBeLessThanOrEqual(0)
        await page.screenshot({ path: join(target, `${name}-${theme}-${size.width}.png`) })
      })
