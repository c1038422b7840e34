import type { Page } from '@playwright/test'
import type { Server } from '../../src/shared/servers.ts'
import { ensureBuilt, machineLoad, openBrowser, startBenchConsole, waitUntil } from './benchConsole.ts'
import { type Bench, percentile, rounded } from './figures.ts'
import { traced } from './readTrace.ts'

const windowSize = { width: 1920, height: 1080 }
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const goTo = (page: Page, hash: string) =>
  page.evaluate((next) => {
    location.hash = next
  }, hash)

/** Moves the pointer over the charts from left to right and back, a step each frame. */
async function sweep(page: Page, steps: number): Promise<void> {
  const box = await page.locator('[data-lane]').nth(1).boundingBox()
  if (!box) throw new Error('no chart to point at')
  for (let step = 0; step < steps; step++) {
    const share = Math.abs((((step / steps) * 4) % 2) - 1)
    await page.mouse.move(box.x + box.width * (0.02 + 0.96 * share), box.y + box.height / 2)
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
  }
}

/** What charts cost the built window: a day of the demo's history, live, and under a pointer that moves. */
export const bench: Bench = async (report, { quick }) => {
  await ensureBuilt()
  const browser = await openBrowser()
  if (browser === null) return
  try {
    await using console = await startBenchConsole([], { demo: true })
    let servers: readonly Server[] = []
    await waitUntil(async () => {
      servers = await console.ask<readonly Server[]>('/api/servers')
      return servers.some(({ totals }) => (totals.live ?? 0) > 0)
    }, 'the demo is watched')
    const server = servers.find(({ totals }) => (totals.live ?? 0) > 0)
    if (!server) throw new Error('no server answers')
    const context = await browser.newContext({ viewport: windowSize, locale: 'en-US' })
    const page = await context.newPage()
    await page.goto(console.signInUrl)
    await page.getByText(/data \d s old/).waitFor()

    for (const [title, hash] of [
      ['Server, 24 h', `#/servers/${server.id}?range=24h`],
      ['Server, 15 min', `#/servers/${server.id}?range=15m`],
      ['Sums on History, 24 h', '#/history?range=24h'],
    ] as const) {
      // Code and fonts are there at the second time.
      for (const to of [hash, '#/settings']) {
        await goTo(page, to)
        if (to === hash) await page.locator('[data-lane] path.recharts-curve').first().waitFor({ state: 'attached' })
        await pause(1500)
      }
      const opening = await traced(browser, page, async () => {
        await goTo(page, hash)
        await page.locator('[data-lane] path.recharts-curve').first().waitFor({ state: 'attached' })
        await pause(1500)
      })
      const drawn = `headless Chromium, drawn by software; ${machineLoad()}`
      report({
        figure: `${title}: opening, main thread`,
        value: rounded((opening.busyPercent / 100) * opening.seconds * 1000),
        unit: 'ms',
        goal: null,
        limit: null,
        note: drawn,
      })
      const live = await traced(browser, page, () => pause(quick ? 6000 : 16_000))
      report({
        figure: `${title}: live, main thread`,
        value: rounded(live.busyPercent),
        unit: '% of a core',
        goal: null,
        limit: null,
        note: `over ${rounded(live.seconds)} s, read every 2 s`,
      })
      const pointed = await traced(browser, page, () => sweep(page, quick ? 120 : 240))
      const note = `${pointed.frames.length} frames; longest ${rounded(Math.max(...pointed.frames))} ms`
      report({
        figure: `${title}: pointer moves, main thread per frame, median`,
        value: rounded(percentile(pointed.frames, 50)),
        unit: 'ms',
        goal: null,
        limit: '16.7 ms: a frame',
        note,
      })
      report({
        figure: `${title}: pointer moves, main thread per frame, p95`,
        value: rounded(percentile(pointed.frames, 95)),
        unit: 'ms',
        goal: '<= 16.7',
        limit: null,
        note: null,
      })
    }
    await context.close()
  } finally {
    await browser.close()
  }
}
