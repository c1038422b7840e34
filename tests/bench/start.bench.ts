import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { showcasePast } from '../../src/demo/demoPast.ts'
import { showcaseSeed } from '../../src/demo/demoShowcase.ts'
import { writeFirstPast } from '../../src/engine/firstPast.ts'
import type { Server } from '../../src/shared/servers.ts'
import { ensureBuilt, machineLoad, openBrowser, startBenchConsole, startBenchFleet, waitUntil, windowSize } from './benchConsole.ts'
import { openBenchStore } from './benchStore.ts'
import { type Bench, percentile, rounded } from './figures.ts'

/** When the page had painted its first states, and its first rates, in milliseconds since it was navigated to. */
interface Painted {
  readonly states: number | null
  readonly rates: number | null
}

/** Watches the line of figures from inside the page, and notes when what it shows was on the screen. */
function watchFigures(): void {
  const painted: { states: number | null; rates: number | null } = { states: null, rates: null }
  Object.assign(window, { benchPainted: painted })
  // A task that a frame callback asks for comes after that frame is drawn.
  const whenDrawn = (run: () => void) => requestAnimationFrame(() => setTimeout(run))
  const look = () => {
    const cells = document.querySelectorAll('section:not([aria-busy]) > div.border-l')
    const live = Number((cells[1]?.querySelector('.text-2xl')?.textContent ?? '').replaceAll(/\D/g, ''))
    if (painted.states === null && live > 0) {
      painted.states = 0
      whenDrawn(() => {
        painted.states = performance.now()
      })
    }
    if (painted.rates === null && /\d.*bit\/s/.test(cells[2]?.textContent ?? '')) {
      painted.rates = 0
      whenDrawn(() => {
        painted.rates = performance.now()
      })
    }
  }
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true })
}

async function paintedOn(page: Page): Promise<{ readonly states: number; readonly rates: number }> {
  const handle = await page.waitForFunction(
    () => {
      const { benchPainted } = window as unknown as { readonly benchPainted: Painted }
      return benchPainted.states && benchPainted.rates ? { ...benchPainted } : null
    },
    undefined,
    { timeout: 60_000, polling: 100 },
  )
  return (await handle.jsonValue()) as { readonly states: number; readonly rates: number }
}

/** Seconds to make up the demo's day of history and to store it in an empty folder, until it is committed. */
async function writeDemoDay(): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))
  try {
    await using store = await openBenchStore(dir, Date.now())
    const began = performance.now()
    const id = (name: string) => name
    await writeFirstPast(store.history, showcasePast(showcaseSeed, store.clock.now()), { server: id, host: id })
    // The store commits each second of its clock.
    await store.clock.advance(1_000)
    const seconds = (performance.now() - began) / 1000
    if ((await store.history.servers()).length === 0) throw new Error('no history was written')
    return seconds
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** From the command to figures: in the API, and on a screen; the console is new each time, its data folder empty. */
export const bench: Bench = async (report, { quick }) => {
  const days: number[] = []
  for (let run = 0; run < (quick ? 1 : 5); run++) days.push(await writeDemoDay())
  report({
    figure: 'start demo: made-up day written',
    value: rounded(percentile(days, 50)),
    unit: 's',
    goal: '<= 2',
    limit: null,
    note: `slowest ${rounded(Math.max(...days))} s; ${days.length} ${days.length === 1 ? 'run' : 'runs'}, median; ${machineLoad()}`,
  })
  await ensureBuilt()
  const browser = await openBrowser()
  try {
    for (const [servers, paths] of [
      [1, 100],
      [10, 1000],
    ] as const) {
      await using fleet = await startBenchFleet(servers, paths)
      const times: Record<'answers' | 'states' | 'all' | 'rates', number[]> = { answers: [], states: [], all: [], rates: [] }
      const screen: Record<'fromStart' | 'fromNavigation' | 'rates' | 'warm', number[]> = { fromStart: [], fromNavigation: [], rates: [], warm: [] }
      for (let run = 0; run < (quick ? 1 : 5); run++) {
        {
          await using console = await startBenchConsole(fleet.servers)
          const since = (at: number) => (at - console.spawnedAt) / 1000
          times.answers.push(since(await waitUntil(async () => (await console.ask<readonly Server[]>('/api/servers')).length === servers, 'the port answers')))
          const totals = async () => (await console.ask<readonly Server[]>('/api/servers')).map((server) => server.totals)
          times.states.push(since(await waitUntil(async () => (await totals()).some(({ live }) => (live ?? 0) > 0), 'first states')))
          times.all.push(
            since(await waitUntil(async () => (await totals()).reduce((sum, { live }) => sum + (live ?? 0), 0) >= servers * paths * 0.99, 'all states')),
          )
          times.rates.push(since(await waitUntil(async () => (await totals()).every(({ bitrateInBps }) => bitrateInBps !== null), 'rates')))
        }
        if (browser === null) continue
        // The browser is there before, as on a wall of screens: its own start is not ours.
        const context = await browser.newContext({ viewport: windowSize, locale: 'en-US' })
        const page = await context.newPage()
        await page.addInitScript(watchFigures)
        await using console = await startBenchConsole(fleet.servers)
        const openedAt = performance.now()
        await page.goto(console.signInUrl, { waitUntil: 'commit' })
        const first = await paintedOn(page)
        const navigated = await page.evaluate(() => performance.timeOrigin)
        // Both clocks are this machine's.
        const spawned = performance.timeOrigin + console.spawnedAt
        screen.fromStart.push((navigated + first.states - spawned) / 1000)
        screen.fromNavigation.push((navigated + first.states - performance.timeOrigin - openedAt) / 1000)
        screen.rates.push((navigated + first.rates - spawned) / 1000)
        await page.reload({ waitUntil: 'commit' })
        screen.warm.push((await paintedOn(page)).states / 1000)
        await context.close()
      }
      const name = `start ${servers} × ${paths}`
      const note = `${times.all.length} ${times.all.length === 1 ? 'run' : 'runs'}, median; ${machineLoad()}`
      const tell = (what: string, values: readonly number[], goal: string | null, limit: string | null = null) => {
        if (values.length > 0)
          report({
            figure: `${name}: ${what}`,
            value: rounded(percentile(values, 50)),
            unit: 's',
            goal,
            limit,
            note: `slowest ${rounded(Math.max(...values))} s; ${note}`,
          })
      }
      tell('command to port answers', times.answers, null)
      tell('command to first states', times.states, '<= 1.5')
      tell('command to states of all streams', times.all, '<= 1.5')
      tell('command to rates of all servers', times.rates, null, '2 s: the interval between the two polls that a rate needs')
      tell('command to first figures on the screen', screen.fromStart, '<= 1.5')
      tell('command to rates on the screen', screen.rates, null, '2 s: the interval')
      tell('page opened to first figures on the screen', screen.fromNavigation, '<= 1.5')
      tell('page opened again to first figures on the screen', screen.warm, '<= 1.5')
    }
  } finally {
    await browser?.close()
  }
}
