/** Backoff after `failures` failures in a row: starts at `firstMs`, doubles each time, and stays at `longestMs`. */
export function doublingMs(failures: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.max(0, failures - 1))
}
