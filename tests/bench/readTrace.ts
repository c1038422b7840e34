import type { Browser, Page } from '@playwright/test'

/** An event of Chromium's trace: times in microseconds; `tdur` is what the thread itself used of `dur`. */
export interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly dur?: number
  readonly tdur?: number
  readonly args?: { readonly detail?: string }
}

const traceCategories = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'blink.user_timing']

/** What one tick of the fleet cost the main thread, from the engine's answer to the frame that shows it. All in milliseconds. */
export interface TickCost {
  /** How many streams moved in it. */
  readonly streams: number
  /** Time of the thread's own: independent of what else the machine does. */
  readonly cpu: number
  /** The longest of its tasks: so long a click waits. */
  readonly longestTask: number
  /** By the wall clock, waiting for the screen's beat included. */
  readonly toPaint: number
}

export interface TraceReading {
  readonly ticks: readonly TickCost[]
  /** Share of one core that the main thread used over the whole trace, 0 to 100. */
  readonly busyPercent: number
  readonly seconds: number
  /** CPU of the main thread between two frames, where anything was drawn, ms. */
  readonly frames: readonly number[]
}

/** Reads ticks out of a trace of a page; `measure` is the user timing that the window makes for each. */
export function readTrace(text: string, measure: string): TraceReading {
  const { traceEvents } = JSON.parse(text) as { readonly traceEvents: readonly TraceEvent[] }
  const marks = traceEvents.filter((event) => event.name === measure)
  const [first] = marks
  if (!first) throw new Error('the page took no tick in')
  const main = traceEvents.filter((event) => event.pid === first.pid && event.tid === first.tid).sort((a, b) => a.ts - b.ts)
  const tasks = main.filter((event) => event.name === 'RunTask' && event.ph === 'X')
  const starts = main.filter((event) => event.name === measure && event.ph === 'b')
  const answers = main.filter((event) => event.name === 'WebSocketReceive').map((event) => event.ts)
  const commits = main.filter((event) => event.name === 'Commit').map((event) => event.ts)
  const endOf = (task: TraceEvent) => task.ts + (task.dur ?? 0)

  const ticks = starts.flatMap(({ ts: start, args }): TickCost[] => {
    const answer = answers.findLast((at) => at <= start && start - at < 200_000) ?? start
    const commit = commits.find((at) => at > start)
    if (commit === undefined) return []
    const parts = tasks.filter((task) => endOf(task) > answer && task.ts <= commit)
    const last = parts.at(-1)
    if (!last) return []
    const cpu = parts.reduce((sum, task) => sum + (task.tdur ?? 0), 0)
    return [
      {
        streams: Number(args?.detail ?? Number.NaN),
        cpu: cpu / 1000,
        longestTask: Math.max(...parts.map((task) => task.tdur ?? 0)) / 1000,
        toPaint: (endOf(last) - answer) / 1000,
      },
    ]
  })
  const begin = tasks[0]?.ts ?? 0
  const end = tasks.reduce((latest, task) => Math.max(latest, endOf(task)), begin)
  const busy = tasks.reduce((sum, task) => sum + (task.tdur ?? 0), 0)
  const frames = commits.slice(1).map((commit, index) => {
    const before = commits[index] ?? 0
    return tasks.filter((task) => task.ts > before && task.ts <= commit).reduce((sum, task) => sum + (task.tdur ?? 0), 0) / 1000
  })
  return { ticks, busyPercent: (busy / (end - begin)) * 100, seconds: (end - begin) / 1e6, frames }
}

/** As `renderer/fleet/fleet.ts` calls it. */
const tickMeasure = 'mtxdeck tick'
/** What the page's main thread did meanwhile. */
export async function traced(browser: Browser, page: Page, during: () => Promise<void>): Promise<TraceReading> {
  await browser.startTracing(page, { categories: traceCategories })
  await during()
  return readTrace((await browser.stopTracing()).toString('utf8'), tickMeasure)
}
