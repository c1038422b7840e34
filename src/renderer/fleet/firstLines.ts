import type { SumColumns, SumInput } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { pollIntervalMs, serverStaleAfterMs } from '../../shared/servers.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import { historyLength } from './bitrateRings.ts'
import type { StreamRow } from './fleetRows.ts'
import type { FleetState } from './fleetState.ts'
import { createLineFetcher, type LineFetcherOptions } from './lineFetcher.ts'
import { type SumId, sumIds, sumsStepMs } from './sumLines.ts'

interface FirstLinesOptions {
  readonly ask: LineFetcherOptions['ask']
  readonly askSums: (input: SumInput) => Promise<readonly SumColumns[]>
  readonly live: FleetState
  /** Called when lines have become longer. */
  readonly onReady: () => void
}

/** Fills sparklines from history with data from before the window was opened. */
interface FirstLines {
  /** Requests history for a drawn stream with a short line; it is prepended once. */
  readonly want: (slot: number) => void
  /** The same for the sums of the fleet. */
  readonly readSums: () => Promise<void>
}

const metricOfSum = { in: 'server.bitrateIn', out: 'server.bitrateOut', readers: 'server.readers' } as const satisfies Record<SumId, MetricId>

export function createFirstLines({ ask, askSums, live, onReady }: FirstLinesOptions): FirstLines {
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
      const from = at - historyLength * sumsStepMs
      const toleranceMs = Math.max(...servers.map(serverStaleAfterMs))
      const sums = await askSums({
        metrics: sumIds.map((sum) => metricOfSum[sum]),
        subjects: servers.map(({ id }) => serverSubject(id)),
        from,
        to: at,
        bucketMs: sumsStepMs,
        toleranceMs,
        tier: 'samples',
      })
      sumIds.forEach((id, place) => {
        const sum = sums[place]
        if (sum !== undefined) live.prependSums(id, lineOfSum(sum, from, toleranceMs))
      })
      onReady()
    },
  }
}

/** The value of a sum at each step; NaN where none is known, or where one of its servers was missing for less than `toleranceMs`. */
function lineOfSum({ at, mean, gaps, lacking }: SumColumns, from: number, toleranceMs: number): Float64Array {
  // A sum of the remaining servers would look like a dip: servers do not come back in the same poll.
  const short = lacking.flatMap((one) => one.gaps).filter(([begin, end]) => end - begin < toleranceMs)
  const unknown = [...gaps, ...short]
  let next = 0
  return Float64Array.from({ length: historyLength }, (_, place) => {
    const moment = from + (place + 1) * sumsStepMs
    while (next < at.length && (at[next] ?? 0) <= moment) next++
    return unknown.some(([begin, end]) => moment >= begin && moment < end) ? Number.NaN : (mean[next - 1] ?? Number.NaN)
  })
}
