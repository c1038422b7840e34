import type { Span } from '../../shared/maintenance.ts'
import { breaksOff, reachesOf } from './recordedPieces.ts'

/** How the recording of a stream goes, by the newest list of its server's segments. */
export interface RecordingFigures {
  /** How long up to that list it was on air and nothing was recorded, ms. 0: it is recorded. */
  readonly notRecordedMs: number
  /** Gaps of the last hour that have ended, together, ms. */
  readonly missingMs: number
}

const lookBackMs = 3_600_000
/** After a publisher comes or a segment ends, the next one begins with a key frame. Times of two machines differ besides. Less is no gap, ms. */
const leastGapMs = 20_000

/**
 * `onAir`: since when it has been live, and when the segments were listed. `starts` are theirs, oldest first. A recording that breaks off within a
 * segment is seen only when that segment should have ended, as only starts are known.
 */
export function recordingFigures(starts: ArrayLike<number>, segmentMs: number | null, onAir: Span): RecordingFigures {
  const from = Math.max(onAir.from, onAir.to - lookBackMs)
  let [recordedTo, missingMs] = [from, 0]
  for (const reach of reachesOf(starts, segmentMs, { from, to: onAir.to })) {
    if (reach.isBroken) continue
    if (reach.from - recordedTo >= leastGapMs) missingMs += reach.from - recordedTo
    recordedTo = Math.max(recordedTo, reach.to)
  }
  if (onAir.to - recordedTo < leastGapMs) return { notRecordedMs: 0, missingMs }
  // Nothing of the last hour is there: it stopped earlier.
  const stoppedAt = recordedTo > from ? recordedTo : lastEnd(starts, segmentMs, onAir)
  return { notRecordedMs: onAir.to - stoppedAt, missingMs }
}

/** Where the newest recording ends, or where it should have begun. */
function lastEnd(starts: ArrayLike<number>, segmentMs: number | null, onAir: Span): number {
  let newest = starts.length - 1
  while (breaksOff(starts, newest, segmentMs, onAir.to)) newest--
  const start = starts[newest]
  return Math.max(onAir.from, start === undefined ? 0 : Math.min(start + (segmentMs ?? 0), starts[newest + 1] ?? Number.POSITIVE_INFINITY))
}
