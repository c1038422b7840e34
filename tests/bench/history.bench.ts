import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClock, type TestClock } from '../../src/clock/testClock.ts'
import { createHistory, type History } from '../../src/engine/history/history.ts'
import type { Log } from '../../src/engine/ports.ts'
import { type MetricIdOf, pathMetricIds } from '../../src/shared/metrics.ts'
import { type Bench, percentile, rounded } from './figures.ts'

const log: Log = { debug: () => {}, info: () => {}, warn: (_, text) => console.error(text), error: (_, text) => console.error(text), child: () => log }
const width = pathMetricIds.length
const column = Object.fromEntries(pathMetricIds.map((id, c) => [id, c])) as Record<MetricIdOf<'path'>, number>

/** The same numbers each time. */
const createDice = () => {
  let state = 1
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return state / 0x7fffffff
  }
}

/** One poll of paths as real ones move: 70 % RTSP with jitter, 30 % SRT with all its figures, bit rates with 7 % noise, half a reader each. */
const createBatches = (paths: number, count: number): Float64Array<ArrayBuffer>[] => {
  const dice = createDice()
  const usual = Array.from({ length: paths }, () => 1e6 + dice() * 7e6)
  return Array.from({ length: count }, () => {
    const values = new Float64Array(paths * width).fill(Number.NaN)
    usual.forEach((bitrate, path) => {
      const put = (metric: MetricIdOf<'path'>, value: number) => {
        values[path * width + column[metric]] = value
      }
      put('path.state', 0)
      put('path.bitrateIn', bitrate * (0.93 + 0.14 * dice()))
      put('path.bitrateOut', path % 2 === 0 ? 0 : bitrate * (0.93 + 0.14 * dice()))
      put('path.readers', path % 2)
      put('path.packetsLost', dice() < 0.01 ? 3 : 0)
      put('path.framesInError', 0)
      put('path.framesDiscarded', 0)
      if (path % 10 >= 3) {
        put('path.jitter', 20 + dice() * 30)
        return
      }
      put('path.packetsRepaired', dice() < 0.1 ? Math.floor(dice() * 20) : 0)
      put('path.rtt', 20 + dice() * 3)
      put('path.latency', 120)
      put('path.receiveRate', 4 + dice())
      put('path.linkCapacity', 2000 + dice() * 300)
    })
    return values
  })
}

const withHistory = async (run: (history: History, clock: TestClock) => Promise<void>): Promise<void> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mtxdeck-bench-'))
  let opened: History | undefined
  const clock = createTestClock(undefined, async () => opened?.settled())
  try {
    const made = await createHistory({ clock, log, dataDir, storeWorker: new URL('../../src/engine/history/storeWorker.ts', import.meta.url) })
    if (!made.ok) throw new Error(made.error.words)
    opened = made.value
    await run(opened, clock)
  } finally {
    await opened?.[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true })
  }
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The store alone, in virtual time: what it takes of a core to append, commit and seal, and how long a chart waits for it. */
export const bench: Bench = async (report, { quick }) => {
  for (const [servers, paths, rounds] of [
    [1, 100, 1000],
    [100, 100, 300],
    [100, 1000, quick ? 60 : 200],
  ] as const)
    await withHistory(async (history, clock) => {
      const names = Array.from({ length: paths }, (_, i) => `site/cam${i}`)
      const batches = createBatches(paths, 40)
      const started = cpuMs()
      let copying = 0
      for (let round = 0; round < rounds; round++)
        for (const half of [0, 1]) {
          for (let server = half; server < servers; server += 2) {
            const before = cpuMs()
            const values = (batches[(round * 7 + server) % batches.length] as Float64Array<ArrayBuffer>).slice()
            copying += cpuMs() - before
            history.append({ serverId: `server${server}`, at: clock.now(), paths: names, metrics: pathMetricIds, values })
          }
          await clock.advance(1000)
        }
      const used = cpuMs() - started - copying
      const { bytes, trouble } = await history.figures()
      if (trouble !== null) throw new Error(trouble)
      const name = `history ${servers} × ${paths}`
      report({
        figure: `${name}: CPU at 2 s`,
        value: rounded((used / (rounds * 2000)) * 100),
        unit: '% of a core',
        goal: servers === 1 ? '<= 0.2' : '<= 10',
        limit: null,
        note: `${rounded(used / (rounds * servers))} ms a poll of ${paths} paths with ${width} metrics`,
      })
      report({
        figure: `${name}: on disk`,
        value: rounded(bytes / (rounds * servers * paths)),
        unit: 'bytes a path and poll',
        goal: null,
        limit: null,
        note: 'journal included',
      })
    })

  await withHistory(async (history, clock) => {
    const days = quick ? 1 : 7
    const batches = createBatches(4, 40)
    const names = ['cam0', 'cam1', 'cam2', 'cam3']
    const end = clock.now() + days * 86_400_000
    while (clock.now() < end) {
      // A minute at a time: nothing but the clock's turns is saved by it.
      for (let at = clock.now(); at < clock.now() + 60_000; at += 2000)
        history.append({
          serverId: 'server0',
          at,
          paths: names,
          metrics: pathMetricIds,
          values: (batches[(at / 2000) % 40] as Float64Array<ArrayBuffer>).slice(),
        })
      await clock.advance(60_000)
    }
    for (const [hours, goal] of [
      [1, null],
      [24, null],
      [168, '<= 100'],
    ] as const) {
      if (hours > days * 24) continue
      const took: number[] = []
      for (let i = 0; i < 7; i++) {
        const before = performance.now()
        const [columns] = await history.range({
          series: [{ serverId: 'server0', path: 'cam1', metric: 'path.bitrateIn' }],
          from: end - hours * 3_600_000,
          to: end,
          points: 1000,
        })
        took.push(performance.now() - before)
        if ((columns?.at.length ?? 0) < 900) throw new Error(`a range of ${hours} h has ${columns?.at.length} buckets`)
      }
      report({
        figure: `history range ${hours} h, one series at 2 s`,
        value: rounded(percentile(took, 50)),
        unit: 'ms',
        goal,
        limit: null,
        note: `slowest of 7: ${rounded(Math.max(...took))} ms`,
      })
    }
  })
}
