/** `Date` headers have whole seconds: smaller clock differences are ignored. */
const smallestSkewMs = 2_000

const mostSkewMs = 10 * 366 * 86_400_000
/** Parses a server's `Date` header, epoch ms; null if it is missing or more than ten years off our clock, which means that its clock is not set. */
export function dateOf(header: string, now: number): number | null {
  const date = Date.parse(header)
  return Math.abs(date - now) <= mostSkewMs ? date : null
}

/** A clock that is known less well than this is not judged, ms: half of what `serverClock` and `hostClock` allow. */
export const mostSkewErrorMs = 2_500

/** A server's clock minus ours, ms, from its `Date` header. The header is cut to whole seconds, so half a second is added. */
export function measureSkew(serverDate: number, arrivedAt: number): number {
  return Math.round(serverDate + 500 - arrivedAt)
}

/** The skew by which the server's times are corrected. It changes only when the measurement differs clearly, so that corrected times don't change with each poll. */
export function steadySkew(before: number, measured: number): number {
  return Math.abs(measured - before) >= smallestSkewMs ? (Math.abs(measured) < smallestSkewMs ? 0 : measured) : before
}
