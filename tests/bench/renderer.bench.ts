import { readFileSync } from 'node:fs'
import type { Browser, CDPSession, Page } from '@playwright/test'
import type { Server } from '../../src/shared/servers.ts'
import { ensureBuilt, machineLoad, openBrowser, startBenchConsole, startBenchFleet, waitUntil, windowSize } from './benchConsole.ts'
import { type Bench, percentile, rounded } from './figures.ts'
import { traced } from './readTrace.ts'

const servers = 10
const paths = 1000
const frameMs = 1000 / 60

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** A hidden window hears little, and all of it at once when it is looked at again. */
const hide = (page: Page, hidden: boolean) =>
  page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value })
    document.dispatchEvent(new Event('visibilitychange'))
  }, hidden)

/** Collects when frames came, from inside the page. */
function watchFrames(): void {
  const at: number[] = []
  Object.assign(window, { benchFrames: at })
  const beat = (now: number) => {
    at.push(now)
    requestAnimationFrame(beat)
  }
  requestAnimationFrame(beat)
}

/** Wheels down the table for `seconds`, smoothly as a hand does, and returns the distances of its frames in ms. */
async function scroll(page: Page, session: CDPSession, seconds: number): Promise<readonly number[]> {
  await page.evaluate(watchFrames)
  const speed = 3000
  await session.send('Input.synthesizeScrollGesture', {
    x: windowSize.width / 2,
    y: windowSize.height / 2,
    yDistance: -speed * seconds,
    speed,
    gestureSourceType: 'mouse',
    preventFling: true,
  })
  const at = await page.evaluate(() => (window as unknown as { readonly benchFrames: readonly number[] }).benchFrames)
  return at.slice(1).map((time, index) => time - (at[index] ?? time))
}

/** Resident memory of the page's process, MB; null where /proc does not tell. */
async function memoryOf(browser: Browser): Promise<number | null> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const sizes = processInfo
    .filter(({ type }) => type === 'renderer')
    .flatMap(({ id }) => {
      try {
        return [Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0) / 1000]
      } catch {
        return []
      }
    })
  return sizes.length === 0 ? null : Math.max(...sizes)
}

/** The built window in Chromium before a real console that watches 10,000 streams. */
export const bench: Bench = async (report, { quick }) => {
  await ensureBuilt()
  const browser = await openBrowser()
  if (browser === null) return
  try {
    await using fleet = await startBenchFleet(servers, paths)
    await using console = await startBenchConsole(fleet.servers)
    const live = async () => (await console.ask<readonly Server[]>('/api/servers')).reduce((sum, { totals }) => sum + (totals.live ?? 0), 0)
    await waitUntil(async () => (await live()) >= servers * paths, 'all streams are live')
    const context = await browser.newContext({ viewport: windowSize, locale: 'en-US' })
    const page = await context.newPage()
    await page.goto(console.signInUrl)
    const session = await context.newCDPSession(page)
    const openedAt = performance.now()
    const name = `renderer ${servers} × ${paths}`
    const drawn = 'headless Chromium, drawn by software'

    for (const [title, hash, sight] of [
      ['Overview', '#/', 'canvas'],
      ['Streams', '#/streams', 'tr[aria-rowindex="9"]'],
    ] as const) {
      await page.evaluate((to) => {
        location.hash = to
      }, hash)
      await page.locator(sight).first().waitFor()
      // Fonts, first code and the first poll are not what runs for months.
      await pause(quick ? 4_000 : 10_000)
      const { ticks, busyPercent, seconds } = await traced(browser, page, () => pause(quick ? 12_000 : 30_000))
      if (ticks.length < (quick ? 5 : 15)) throw new Error(`${title}: only ${ticks.length} ticks in ${seconds} s: nothing was measured`)
      const cpu = ticks.map((tick) => tick.cpu)
      const moved = Math.round(
        percentile(
          ticks.map((tick) => tick.streams),
          50,
        ),
      )
      const note = `${ticks.length} ticks in ${rounded(seconds)} s, each moves ${moved} streams; ${drawn}; ${machineLoad()}`
      report({ figure: `${name}: tick on ${title}, median`, value: rounded(percentile(cpu, 50)), unit: 'ms', goal: '<= 50', limit: null, note })
      report({
        figure: `${name}: tick on ${title}, longest`,
        value: rounded(Math.max(...cpu)),
        unit: 'ms',
        goal: '<= 50',
        limit: null,
        note: 'time of the main thread, all tasks from the answer to the frame',
      })
      report({
        figure: `${name}: tick on ${title}, answer to frame by the wall clock, median`,
        value: rounded(
          percentile(
            ticks.map((tick) => tick.toPaint),
            50,
          ),
        ),
        unit: 'ms',
        goal: null,
        limit: '16.7 ms: the wait for the next frame',
        note: `longest ${rounded(Math.max(...ticks.map((tick) => tick.toPaint)))} ms`,
      })
      report({
        figure: `${name}: ${title}, main thread`,
        value: rounded(busyPercent),
        unit: '% of a core',
        goal: null,
        limit: null,
        note: 'ticks, ages and everything else',
      })
    }

    const returns = await traced(browser, page, async () => {
      for (let time = 0; time < (quick ? 1 : 4); time++) {
        await hide(page, true)
        // Each server is polled in it, unless it answers late.
        await pause(10_000)
        await hide(page, false)
        await pause(3_000)
      }
    })
    // What a hidden window missed is sent in pieces.
    const moved = returns.ticks.reduce((sum, { streams }) => sum + streams, 0)
    if (moved < servers * paths * 0.9) throw new Error(`no return moved all streams (${returns.ticks.map(({ streams }) => streams).join(', ')})`)
    report({
      figure: `${name}: tick on Streams after the window was hidden, longest`,
      value: rounded(Math.max(...returns.ticks.map((tick) => tick.cpu))),
      unit: 'ms',
      goal: '<= 50',
      limit: null,
      note: `${quick ? 1 : 4} returns, ${moved} streams moved in ${returns.ticks.length} pieces`,
    })

    const frames: number[] = []
    const scrolling = await traced(browser, page, async () => void frames.push(...(await scroll(page, session, 5))))
    const mean = 1000 / (frames.reduce((sum, ms) => sum + ms, 0) / frames.length)
    const inTime = (frames.filter((ms) => ms <= frameMs * 1.5).length / frames.length) * 100
    const note = `${frames.length} frames in 5 s, ${scrolling.ticks.length} ticks meanwhile, ${drawn}; ${machineLoad()}`
    report({ figure: `${name}: Streams while scrolling`, value: rounded(mean), unit: 'frames/s', goal: '>= 58', limit: '60: the screen', note })
    report({
      figure: `${name}: Streams while scrolling, frames in time`,
      value: rounded(inTime),
      unit: '%',
      goal: '>= 95',
      limit: null,
      note: `within 25 ms of the one before; longest ${rounded(Math.max(...frames))} ms`,
    })
    report({
      figure: `${name}: Streams while scrolling, main thread per frame, p95`,
      value: rounded(percentile(scrolling.frames, 95)),
      unit: 'ms',
      goal: '<= 16.7',
      limit: null,
      note: `median ${rounded(percentile(scrolling.frames, 50))} ms; its own time, whatever else the machine does`,
    })

    const left = (quick ? 0 : 60_000) - (performance.now() - openedAt)
    if (left > 0) await pause(left)
    await session.send('HeapProfiler.collectGarbage')
    const { usedSize } = await session.send('Runtime.getHeapUsage')
    const age = `after ${Math.round((performance.now() - openedAt) / 1000)} s`
    report({ figure: `${name}: JavaScript heap`, value: rounded(usedSize / 1e6), unit: 'MB', goal: null, limit: null, note: age })
    const memory = await memoryOf(browser)
    if (memory !== null) report({ figure: `${name}: memory of the page's process`, value: rounded(memory), unit: 'MB', goal: null, limit: null, note: age })
    await context.close()
  } finally {
    await browser.close()
  }
}
