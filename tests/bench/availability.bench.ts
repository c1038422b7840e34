// A report of availability over everything: 10,000 streams and 30 days in real files.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createSlices } from '../../src/clock/slices.ts'
import { createAvailability } from '../../src/engine/availability/availability.ts'
import { availabilityInputSchema } from '../../src/shared/availability.ts'
import { someServer } from '../../src/shared/servers.fixture.ts'
import { streamStateCodes } from '../../src/shared/streams.ts'
import { serverSubject } from '../../src/shared/subjectNames.ts'
import { dayMs, openBenchStore } from './benchStore.ts'
import { type Bench, rounded } from './figures.ts'

const servers = 10
const streams = 1_000
const minuteMs = 60_000
const stepMs = 5 * minuteMs
const paths = Array.from({ length: streams }, (_, place) => `studio/cam-${place}`)

/** Every stream is gone for ten minutes every five days, each at its own time, and all of a server are unknown for half an hour once. */
export const bench: Bench = async (report, { quick }) => {
  const days = quick ? 3 : 30
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))
  const to = Math.floor(Date.now() / dayMs) * dayMs
  const from = to - days * dayMs
  await using store = await openBenchStore(folder, from)
  const { clock, history } = store
  const isGone = (index: number, at: number) => (at - from + index * 7_919 * minuteMs) % (5 * dayMs) < 10 * minuteMs
  const isAway = (server: number, at: number) => Math.abs(at - from - (server + 1) * 6 * 3_600_000) < 15 * minuteMs
  try {
    for (let at = from; at < to; ) {
      const until = Math.min(to, at + 12 * stepMs)
      for (; at < until; at += stepMs)
        for (let server = 0; server < servers; server++) {
          const owner = serverSubject(`server-${server}`)
          const away = isAway(server, at)
          if (away) history.gap(owner, at)
          history.append({ owner, at, parts: null, metrics: ['server.reachable'], values: Float64Array.of(away ? 0 : 1) })
          if (away) continue
          const values = Float64Array.from(paths, (_, stream) => streamStateCodes[isGone(server * streams + stream, at) ? 'gone' : 'live'])
          history.append({ owner, at, parts: paths, metrics: ['path.state'], values })
        }
      const pastMidnight = at % dayMs < 24 * stepMs ? 9_000 : 400
      await clock.sleepMachine(at - clock.now() - pastMidnight)
      await clock.advance(pastMidnight)
    }
    // The last day goes to its archives, too.
    while (clock.now() < to + 20 * minuteMs) await clock.advance(10_000)
    const read = createAvailability({
      clock,
      history,
      slices: createSlices({ ...clock, monotonic: () => performance.now() }),
      server: (id) => someServer(id),
      probe: () => null,
      maintenanceOf: () => [],
      onAirOf: () => null,
      offlineWithin: async () => [],
      gapsWithin: async () => [],
      signal: new AbortController().signal,
    })
    const measure = async (name: string, goal: string | null, input: Partial<Parameters<typeof read>[0]>) => {
      const held = monitorEventLoopDelay({ resolution: 5 })
      held.enable()
      const before = performance.now()
      const { total, all } = await read(availabilityInputSchema.parse({ from, to, limit: 100, ...input }))
      const took = performance.now() - before
      held.disable()
      const note = `${days} days, ${total} of them, ${all.outages} outages, ${all.percent?.toFixed(3)} %`
      report({ figure: `availability: ${name}`, value: rounded(took), unit: 'ms', goal, limit: null, note })
      report({
        figure: `availability: ${name}: the longest that it holds the event loop`,
        value: rounded(held.max / 1e6),
        unit: 'ms',
        goal: null,
        limit: null,
        note: null,
      })
    }
    await measure('one server', null, { server: 'server-3' })
    await measure('all', '<= 60000', {})
    await measure('the next page', '<= 100', { offset: 100 })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
