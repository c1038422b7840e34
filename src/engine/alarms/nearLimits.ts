import type { SeriesColumns } from '../../shared/history.ts'
import { tierStepMs } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { LimitSide, Watched } from '../../shared/rules.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { levelAt } from './limits.ts'

// Which quarter hours of the past may matter to a rule, by their least and greatest figures. All others are not looked at any closer.

export const quarterMs = tierStepMs.quarterHours

/** Troubles that are judged of a stream's state or losses alone, and the metric that shows them. */
export const metricOfTrouble = {
  streamGone: 'path.state',
  streamStalled: 'path.state',
  slateOnAir: 'path.state',
  packetsLost: 'path.lostLastMinute',
} as const satisfies Record<string, MetricId>
export const isOfFigures = (watched: Watched): boolean =>
  watched.kind === 'limit' || (watched.kind === 'trouble' && Object.hasOwn(metricOfTrouble, watched.trouble))

/** The metrics whose least and greatest figures say whether it matters; the second one divides the first. */
export function metricsNear(watched: Watched): readonly MetricId[] {
  if (watched.kind === 'limit') return [watched.metric, ...(watched.per === null ? [] : [watched.per])]
  return watched.kind === 'trouble' && watched.trouble in metricOfTrouble ? [metricOfTrouble[watched.trouble as keyof typeof metricOfTrouble]] : []
}

/** Whether something in a bucket may be wrong, or not well again where it was. */
type IsNear = (low: number, high: number, wasNear: boolean) => boolean

const troubled = [streamStateCodes.slate, streamStateCodes.stalled, streamStateCodes.gone]
function isNearBy(watched: Watched): IsNear {
  if (watched.kind === 'limit') {
    const last = watched.levels.length - 1
    return (low, high, wasNear) => levelAt(farthest(low, high, watched.side), watched, wasNear ? last : -1) >= 0
  }
  if (watched.kind === 'trouble' && watched.trouble === 'packetsLost') return (_, high) => high > 0
  return (low, high) => troubled.some((code) => low <= code && code <= high)
}
const farthest = (low: number, high: number, side: LimitSide): number =>
  side === 'above' ? high : side === 'below' ? low : Math.abs(low) > Math.abs(high) ? low : high

const bucketOf = (at: number): number => Math.floor(at / quarterMs)

/** The quarter hours, counted since 1970, in which one of these may have had an alarm, each with the one after it. */
export function quartersNear(watched: readonly Watched[], columns: ReadonlyMap<MetricId, SeriesColumns>): ReadonlySet<number> {
  const near = new Set<number>()
  for (const one of watched) {
    const [metric, per] = metricsNear(one)
    const figures = metric === undefined ? undefined : columns.get(metric)
    if (figures === undefined) continue
    const divisors = per === undefined ? null : spansOf(columns.get(per))
    const isNear = isNearBy(one)
    // Also over what is not known: while a server is away, what was wrong stays so.
    let wasNear = false
    for (let i = 0; i < figures.at.length; i++) {
      const bucket = bucketOf(figures.at[i] as number)
      let [low, high] = [figures.min[i] as number, figures.max[i] as number]
      if (divisors !== null) {
        const by = divisors.get(bucket)
        if (by === undefined) continue
        ;[low, high] = [low / by[1], high / by[0]]
      }
      const isSo = isNear(low, high, wasNear)
      if (isSo) near.add(bucket).add(bucket + 1)
      else if (wasNear) near.add(bucket)
      wasNear = isSo
    }
  }
  return near
}

const spansOf = (columns: SeriesColumns | undefined): ReadonlyMap<number, readonly [number, number]> =>
  new Map(columns?.at.map((at, i) => [bucketOf(at), [columns.min[i] as number, columns.max[i] as number]]) ?? [])

/** The same with the first quarter hour behind each in which their server or host answered: there it shows what is still wrong, or not listed any more. */
export function withReturns(near: ReadonlySet<number>, polls: SeriesColumns | undefined): ReadonlySet<number> {
  if (near.size === 0 || polls === undefined) return near
  const answered = polls.at.flatMap((at, i) => ((polls.max[i] as number) > 0 ? [bucketOf(at)] : []))
  const all = new Set(near)
  let next = 0
  for (const bucket of [...near].sort((a, b) => a - b)) {
    while (next < answered.length && (answered[next] as number) <= bucket) next++
    const back = answered[next]
    if (back !== undefined) all.add(back)
  }
  return all
}
