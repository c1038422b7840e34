/** How long to wait after so many failures in a row: twice as long each time, up to a longest wait. */
export const doublingMs = (failures: number, firstMs: number, longestMs: number): number => Math.min(longestMs, firstMs * 2 ** Math.max(0, failures - 1))
