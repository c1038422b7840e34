import type { SnapshotSettings, SnapshotStatus } from '../../shared/snapshots.ts'

/** Period over which costs are reported, ms. */
const spanMs = 60_000
/** After a pause, the unused budget of at most this time may be spent at once, ms. */
const mostSavedMs = 5_000
/** Maximum time by which one reading delays the next, ms, however much it read. */
const mostOwedMs = 20_000

/** All readings since the console began. */
export interface SnapshotTotals {
  readonly taken: number
  readonly failed: number
  /** Estimated where unknown. */
  readonly bytes: number
  /** Total duration of all readings. */
  readonly readMs: number
}

/** Tracks what snapshots cost the servers, and whether another one may be read now. Times are monotonic, ms. */
export function createSnapshotBudget(settings: () => Pick<SnapshotSettings, 'megabitsPerSecond' | 'atOnce'>) {
  let running = 0
  /** From this time on, everything read so far is within the budget. */
  let paidAt = Number.NEGATIVE_INFINITY
  let totals: SnapshotTotals = { taken: 0, failed: 0, bytes: 0, readMs: 0 }
  let spent: { readonly at: number; readonly tookMs: number; readonly bytes: number; readonly isTaken: boolean }[] = []
  return {
    mayBegin: (now: number): boolean => running < settings().atOnce && paidAt <= now,
    begun: (): void => void running++,
    ended: (): void => void running--,
    spent: (tookMs: number, bytes: number, isTaken: boolean, now: number): void => {
      const ms = Math.min(mostOwedMs, (bytes * 8) / (settings().megabitsPerSecond * 1_000))
      totals = {
        taken: totals.taken + Number(isTaken),
        failed: totals.failed + Number(!isTaken),
        bytes: totals.bytes + bytes,
        readMs: totals.readMs + tookMs,
      }
      paidAt = Math.max(paidAt, now - mostSavedMs) + ms
      spent = [...spent.filter(({ at }) => at > now - spanMs), { at: now, tookMs, bytes, isTaken }]
    },
    totals: () => totals,
    cost: (now: number): SnapshotStatus['cost'] => {
      const recent = spent.filter(({ at }) => at > now - spanMs)
      const sum = (of: (one: (typeof recent)[number]) => number) => recent.reduce((all, one) => all + of(one), 0)
      return {
        readers: sum(({ tookMs }) => tookMs) / spanMs,
        bitsPerSecond: (sum(({ bytes }) => bytes) * 8_000) / spanMs,
        taken: sum(({ isTaken }) => Number(isTaken)),
      }
    },
  }
}
