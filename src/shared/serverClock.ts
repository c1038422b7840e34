/** `Date` headers tell whole seconds: a smaller difference of the clocks is none. */
const smallestSkewMs = 2_000

const mostSkewMs = 10 * 366 * 86_400_000
/** A server's `Date` header, epoch ms; null where it tells none, or one that is ten years off ours: no clock that runs. */
export function dateOf(header: string, now: number): number | null {
  const date = Date.parse(header)
  return Math.abs(date - now) <= mostSkewMs ? date : null
}

/** A server's clock minus ours, ms, by its `Date` header. That is cut to whole seconds: half a second is its expected error. */
export const measureSkew = (serverDate: number, arrivedAt: number): number => Math.round(serverDate + 500 - arrivedAt)

/** The skew to correct the server's times by. It stays as it is until the measured one is another: what it corrects must not change with each poll. */
export const steadySkew = (before: number, measured: number): number =>
  Math.abs(measured - before) >= smallestSkewMs ? (Math.abs(measured) < smallestSkewMs ? 0 : measured) : before
