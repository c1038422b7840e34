import type { Clock } from '../../clock/clock.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import { diskPath } from '../../shared/hosts.ts'
import { deviceSubject } from '../../shared/subjectNames.ts'
import type { History } from '../history/history.ts'

type DiskHistory = Pick<SeriesColumns, 'at' | 'mean'>

const spanMs = 7 * 86_400_000
const historyPoints = 672
/** Most disks of a host with a forecast. */
const mostDisks = 12
/** The least history that shows how fast a disk fills. */
const leastSpanMs = 6 * 3_600_000
const leastPoints = 12
/** Forecasts beyond this are not shown. */
const farthestMs = 5 * 365 * 86_400_000
/** The number of pairs grows with the square: of more points than this, evenly spread ones are compared. */
const mostPoints = 168

/** Forecasts when disks of a host will be full, from their history; disks without a forecast are missing. */
export function createDiskForecast(clock: Pick<Clock, 'now'>, range: History['range']) {
  return async (hostId: string, mounts: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>> => {
    const now = clock.now()
    const disks = mounts.slice(0, mostDisks)
    const series = disks.map((mount) => ({ subject: deviceSubject(hostId, diskPath({ mount })), metric: 'device.used' as const }))
    const found = await range({ series, from: now - spanMs, to: now, points: historyPoints }, signal)
    return new Map(
      disks.flatMap((mount, place): [string, number][] => {
        const history = found[place]
        const at = history === undefined ? null : diskFullAt(history, history.mean.at(-1) ?? 100, now)
        return at === null ? [] : [[mount, at]]
      }),
    )
  }
}

/**
 * When a disk of which `used` percent are used now will be full, at the pace of its history; null if it does not
 * fill, or there is no forecast: less than 6 h of history, a slope that may be noise, or more than 5 years.
 *
 *     full at = now + (100 - used) / slope
 *
 * The slope is Theil–Sen's, the median of the slopes between all pairs: a clean-up or a copy that is removed again hardly
 * changes it. It counts as growth if three quarters of the pairs rise.
 */
export function diskFullAt(history: DiskHistory, used: number, now: number): number | null {
  const past = history.at.flatMap((at, place) => (at <= now ? [{ at, value: history.mean[place] as number }] : []))
  const [first, last] = [past[0], past.at(-1)]
  if (first === undefined || last === undefined || past.length < leastPoints || last.at - first.at < leastSpanMs) return null
  const step = Math.ceil(past.length / mostPoints)
  const points = past.filter((_, place) => place % step === 0)
  const slopes = Float64Array.from(
    points.flatMap((one, place) => points.slice(place + 1).map((other) => (other.value - one.value) / (other.at - one.at))),
  ).sort()
  const [lowerQuartile = 0, slope = 0] = [slopes[Math.floor(slopes.length / 4)], slopes[Math.floor(slopes.length / 2)]]
  if (lowerQuartile <= 0) return null
  const inMs = Math.max(0, 100 - used) / slope
  return inMs > farthestMs ? null : Math.round(now + inMs)
}
