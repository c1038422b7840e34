import type { SeriesColumns } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { pollIntervalMs, type Server, serverStaleAfterMs } from '../../shared/servers.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import type { Series } from '../../shared/subjects.ts'
import { historyLength } from './bitrateRings.ts'
import type { StreamRow } from './fleetRows.ts'
import type { FleetState } from './fleetState.ts'
import { createLineFetcher, type LineFetcherOptions, mostSeries } from './lineFetcher.ts'
import { type SumId, sumIds, sumsStepMs } from './sumLines.ts'

interface FirstLinesOptions {
  readonly ask: LineFetcherOptions['ask']
  readonly live: FleetState
  /** Called when lines have become longer. */
  readonly onReady: () => void
}

/** Fills sparklines from history with data from before the window was opened. */
export interface FirstLines {
  /** Requests history for a drawn stream with a short line; it is prepended once. */
  readonly want: (slot: number) => void
  /** The same for the sums of the fleet. */
  readonly readSums: () => Promise<void>
}

const metricOfSum = { in: 'server.bitrateIn', out: 'server.bitrateOut', readers: 'server.readers' } as const satisfies Record<SumId, MetricId>

export function createFirstLines({ ask, live, onReady }: FirstLinesOptions): FirstLines {
  const asked = new WeakSet<StreamRow>()
  const reader = createLineFetcher<{ readonly serverId: string; readonly path: string; readonly intervalMs: number; readonly row: StreamRow }>(
    // Rows painted together are requested together.
    { ask, pause: () => Promise.resolve() },
    live.at,
    (_, { row }, line, at) => live.prepend(row, line, at),
    onReady,
  )
  return {
    want: (slot) => {
      const row = live.row(slot)
      if (row === undefined || asked.has(row)) return
      const { serverId, path } = row.facts
      if (reader.want(row.key, { serverId, path, intervalMs: pollIntervalMs(live.server(serverId)), row })) asked.add(row)
    },
    readSums: async () => {
      const at = live.at()
      const servers = live.servers()
      if (at === null || servers.length === 0) return
      const series = sumIds.flatMap((sum) => servers.map(({ id }): Series => ({ subject: serverSubject(id), metric: metricOfSum[sum] })))
      const lines: SeriesColumns[] = []
      const span = { from: at - historyLength * sumsStepMs, to: at, points: historyLength, tier: 'samples' } as const
      for (let first = 0; first < series.length; first += mostSeries) {
        lines.push(...(await ask({ ...span, series: series.slice(first, first + mostSeries) })))
      }
      sumIds.forEach((sum, place) => {
        live.prependSums(sum, sumOfLines(servers, lines.slice(place * servers.length), span.from))
      })
      onReady()
    },
  }
}

/** Adds up the last known value of each server, as the live sums do; NaN if none is known. */
function sumOfLines(servers: readonly Server[], lines: readonly SeriesColumns[], from: number): Float64Array {
  const sums = new Float64Array(historyLength).fill(Number.NaN)
  const broken = new Set<number>()
  servers.forEach((server, index) => {
    const { at, mean, gaps } = lines[index] ?? { at: [], mean: [], gaps: [] }
    let next = 0
    for (let place = 0; place < historyLength; place++) {
      const moment = from + (place + 1) * sumsStepMs
      while (next < at.length && (at[next] ?? 0) <= moment) next++
      const known = mean[next - 1]
      // History reports gaps between samples; after the last one, only its age decides.
      const isOver = next === at.length && moment - (at[next - 1] ?? 0) > serverStaleAfterMs(server)
      const gap = gaps.find(([begin, end]) => moment >= begin && moment < end)
      // A sum of the remaining servers would look like a dip: servers do not come back in the same poll.
      if (gap && gap[1] - gap[0] < serverStaleAfterMs(server)) broken.add(place)
      if (known === undefined || isOver || gap) continue
      const sum = sums[place] ?? Number.NaN
      sums[place] = Number.isNaN(sum) ? known : sum + known
    }
  })
  for (const place of broken) sums[place] = Number.NaN
  return sums
}
