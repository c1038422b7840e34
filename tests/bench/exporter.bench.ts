import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createTestClock } from '../../src/clock/testClock.ts'
import { someConsole } from '../../src/engine/exporter/consoleState.fixture.ts'
import { createExporter } from '../../src/engine/exporter/exporter.ts'
import type { ExpositionFormat } from '../../src/engine/exporter/exposition.ts'
import { pathMetricIds } from '../../src/shared/metrics.ts'
import { someServer } from '../../src/shared/servers.fixture.ts'
import { serverSubject } from '../../src/shared/subjectNames.ts'
import { type Bench, percentile, rounded } from './figures.ts'

const servers = 100
const paths = 1_000
/** A stream by RTSP knows these; the others come with SRT, forwards or pulled sources. */
const known = new Set([
  'path.state',
  'path.bitrateIn',
  'path.bitrateOut',
  'path.readers',
  'path.ownReaders',
  'path.packetsLost',
  'path.jitter',
  'path.framesInError',
])

/** 100,000 streams, each with new figures: what noting them costs a tick, and what a scrape costs as it is read piece by piece. */
export const bench: Bench = async (report, { quick }) => {
  const fleet = Array.from({ length: servers }, (_, index) => someServer(`server-${index}`))
  const exporter = createExporter({
    clock: createTestClock(),
    servers: () => fleet,
    hosts: () => [],
    probes: () => [],
    cameras: () => [],
    findings: () => [],
    console: () => someConsole(),
  })
  const names = Array.from({ length: paths }, (_, index) => `site-${index % 40}/cam-${index}`)
  const poll = (round: number) => {
    for (const { id } of fleet) {
      const values = new Float64Array(paths * pathMetricIds.length)
      for (let index = 0; index < values.length; index++) {
        const metric = pathMetricIds[index % pathMetricIds.length] as (typeof pathMetricIds)[number]
        values[index] = metric === 'path.state' ? 0 : known.has(metric) ? (index * 7919 + round) % 5_000_000 : Number.NaN
      }
      const before = process.cpuUsage()
      exporter.see({ owner: serverSubject(id), at: 0, parts: names, metrics: pathMetricIds, values })
      const { user, system } = process.cpuUsage(before)
      noting += (user + system) / 1000
    }
  }
  let noting = 0
  const rounds = quick ? 3 : 10
  poll(0)
  noting = 0
  for (let round = 1; round <= rounds; round++) poll(round)
  const scrape = (format: ExpositionFormat) => {
    const pieces: number[] = []
    let bytes = 0
    const cpu = process.cpuUsage()
    let began = process.cpuUsage()
    for (const piece of exporter.pieces({ format, operator: null })) {
      bytes += Buffer.byteLength(piece)
      const spent = process.cpuUsage(began)
      pieces.push((spent.user + spent.system) / 1000)
      began = process.cpuUsage()
    }
    const { user, system } = process.cpuUsage(cpu)
    return { seconds: (user + system) / 1e6, longest: Math.max(...pieces), p99: percentile(pieces, 99), bytes }
  }
  scrape('text')
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const heap = () => process.memoryUsage().heapUsed
  collect()
  const heapBefore = heap()
  const scrapes = Array.from({ length: rounds }, () => scrape('text'))
  const ofOpenMetrics = Array.from({ length: rounds }, () => scrape('openMetrics'))
  collect()
  const kept = heap() - heapBefore
  let most = 0
  let index = 0
  // What waits to be collected is no part of it.
  for (const _ of exporter.pieces({ format: 'openMetrics', operator: null })) {
    if (index++ % 500 !== 0) continue
    collect()
    most = Math.max(most, heap() - heapBefore)
  }
  const mean = (figures: readonly number[]) => figures.reduce((sum, figure) => sum + figure, 0) / figures.length
  const figure = (name: string, value: number, unit: string, goal: string | null, note: string | null = null) =>
    report({ figure: name, value: rounded(value), unit, goal, limit: null, note })
  figure('CPU of noting the figures of 100,000 streams, a tick', noting / rounds, 'ms', null)
  figure('CPU of a scrape of 100,000 streams', mean(scrapes.map(({ seconds }) => seconds)), 's', '<= 1', `${Math.round((scrapes[0]?.bytes ?? 0) / 1e6)} MB`)
  figure('the same as OpenMetrics', mean(ofOpenMetrics.map(({ seconds }) => seconds)), 's', '<= 1')
  figure(
    'CPU of the longest piece of a scrape',
    Math.max(...scrapes.map(({ longest }) => longest)),
    'ms',
    '<= 20',
    `p99 ${rounded(mean(scrapes.map(({ p99 }) => p99)))} ms`,
  )
  figure('heap that a scrape holds while it is read', most / 1e6, 'MB', '<= 2')
  figure('heap that is left after all scrapes', kept / 1e6, 'MB', '<= 2')
}
