import type { Span } from '../../shared/maintenance.ts'
import { breaksOff, recordedSpansOf } from './recordedPieces.ts'

/** Figures about the recording of a stream, from the newest list of its server's segments. */
export interface RecordingFigures {
  /** For how long, up to that list, it has been on air without being recorded, ms. 0: it is recorded. */
  readonly notRecordedMs: number
  /** Total of the gaps of the last hour that have ended, ms. */
  readonly missingMs: number
}

const lookBackMs = 3_600_000
/** Shorter gaps are ignored, ms: each segment begins at the next key frame, and the clocks of two machines differ. */
const leastGapMs = 20_000

/**
 * `onAir`: since when it has been live, and when the segments were listed. `starts` are theirs, oldest first. A recording that breaks off within a
 * segment is seen only when that segment should have ended, as only starts are known.
 */
export function recordingFigures(starts: ArrayLike<number>, segmentMs: number | null, onAir: Span): RecordingFigures {
  const from = Math.max(onAir.from, onAir.to - lookBackMs)
  let [recordedTo, missingMs] = [from, 0]
  for (const span of recordedSpansOf(starts, segmentMs, { from, to: onAir.to })) {
    if (span.isBroken) continue
    if (span.from - recordedTo >= leastGapMs) missingMs += span.from - recordedTo
    recordedTo = Math.max(recordedTo, span.to)
  }
  if (onAir.to - recordedTo < leastGapMs) return { notRecordedMs: 0, missingMs }
  // Nothing was recorded in the last hour: recording stopped earlier.
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
