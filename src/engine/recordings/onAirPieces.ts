import type { SeriesColumns } from '../../shared/history.ts'
import type { Span } from '../../shared/maintenance.ts'
import { streamStateCodes } from '../../shared/streams.ts'

/** What there was to record: a publisher's or source's media, the slate of its server, nothing, or unknown. */
export type OnAir = 'on' | 'slate' | 'off' | 'unknown'
export interface OnAirPiece extends Span {
  readonly is: OnAir
}

const { live, stalled, slate, unknown } = streamStateCodes
/** A server records as long as the stream is ready: also one whose publisher is frozen. */
const meaningOf = (code: number): OnAir => (code === live || code === stalled ? 'on' : code === slate ? 'slate' : code === unknown ? 'unknown' : 'off')

/** A bucket without a successor lasts no longer than this, or than three steps, ms. */
const lastsMs = 60_000

/**
 * When the stream was on air within a period, from history's buckets of `path.state` with totals: without holes, and exact to `stepMs`. A change within
 * a bucket is placed at its middle; a shorter one is not seen.
 */
export function onAirPieces({ at, gaps, first = [], last = [] }: SeriesColumns, { from, to }: Span, stepMs: number): OnAirPiece[] {
  const out: OnAirPiece[] = []
  let reached = from
  const add = (until: number, is: OnAir) => {
    const end = Math.min(to, until)
    if (end <= reached) return
    const before = out.at(-1)
    if (before?.is === is) out[out.length - 1] = { ...before, to: end }
    else out.push({ from: reached, to: end, is })
    reached = end
  }
  let gap = 0
  for (const [index, begins] of at.entries()) {
    const next = at[index + 1] ?? Math.min(to, begins + Math.max(lastsMs, 3 * stepMs))
    while ((gaps[gap]?.[1] ?? Number.POSITIVE_INFINITY) <= begins) gap++
    const [gapFrom = Number.POSITIVE_INFINITY] = gaps[gap] ?? []
    const ends = Math.max(begins, Math.min(next, gapFrom))
    const [one, other] = [meaningOf(first[index] ?? unknown), meaningOf(last[index] ?? unknown)]
    if (begins > reached) add(begins, 'unknown')
    if (one !== other) add(Math.min(ends, begins + stepMs / 2), one)
    add(ends, other)
  }
  add(to, 'unknown')
  return out
}
