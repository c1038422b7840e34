import type { PreviewFigures } from '../../shared/previews.ts'

/** How a picture comes: delays as they are now, counts since it was opened. null: not known. */
export type PictureFigures = PreviewFigures

/** More are counted as so many: the engine takes no more at once. */
const mostAtOnce = 1_000_000
const since = (now: number | null, before: number | null): number | null =>
  now === null || !Number.isFinite(now) ? null : Math.min(mostAtOnce, Math.max(0, Math.round(now - (Number.isFinite(before) ? (before as number) : 0))))
const bounded = (value: number | null, most: number): number | null => (value === null || !Number.isFinite(value) ? null : Math.min(most, Math.max(0, value)))

/** What came since `before`, within the limits of a report. */
export function figuresSince(now: PictureFigures, before: PictureFigures | null): PreviewFigures {
  return {
    delayMs: bounded(now.delayMs, 600_000),
    rttMs: bounded(now.rttMs, 60_000),
    bufferMs: bounded(now.bufferMs, 60_000),
    framesDropped: since(now.framesDropped, before?.framesDropped ?? null),
    freezes: since(now.freezes, before?.freezes ?? null),
    packetsLost: since(now.packetsLost, before?.packetsLost ?? null),
  }
}
