import type { Server } from '../../shared/servers.ts'
import { formatFixed, formatNumber, formatValue } from '../../shared/units.ts'

/** Percent of a core, rounded like an estimate: 0.4, 2.0, 0.02. */
export function percentText(percent: number): string {
  return percent < 0.1 ? formatFixed(Math.max(0.01, percent), 2) : formatFixed(percent, percent < 10 ? 1 : 0)
}

/** Parts of the sentence about the cost of polling a server; null before the first round. */
export function costParts(server: Pick<Server, 'cost'>) {
  const { cost } = server
  if (cost === null) return null
  return {
    percent: percentText(cost.cpuPercent),
    size: formatValue(cost.bytesPerRound, 'bytes'),
    seconds: secondsText(cost.effectiveIntervalSeconds),
    authServer: cost.authServer,
    /** Set if the interval was lengthened to reduce the cost. */
    insteadOf: cost.effectiveIntervalSeconds > cost.intervalSeconds * 1.01 ? secondsText(cost.intervalSeconds) : null,
  }
}
const secondsText = (seconds: number) => formatNumber(seconds, 1)

/** Whether more than samples is known about a server. If history only has samples of a moment, it has no address either, so it is unknown how and since when the server was polled. */
export function isDescribed({ url }: Pick<Server, 'url'>): boolean {
  return url !== ''
}

/** Clock skew in seconds; below two seconds there is no result, because the Date header has whole seconds. */
export function skewSeconds(clockSkewMs: number | null): number | null {
  return clockSkewMs === null ? null : Math.abs(clockSkewMs) < 2000 ? 0 : Math.round(clockSkewMs / 1000)
}
