import type { Span } from '../../shared/maintenance.ts'
import { recordedPieces, recordedSpansOf, type Segments } from './recordedPieces.ts'

/** Figures about the recording of a stream, from the newest list of its server's segments. */
export interface RecordingFigures {
  /** For how long, up to that list, it has been on air without being recorded, ms. 0: it is recorded. */
  readonly notRecordedMs: number
  /** Total of the gaps of the last hour that have ended, ms. */
  readonly missingMs: number
}

const lookBackMs = 3_600_000

/** From the same pieces as are shown. `onAir`: since when it has been live, and when the segments were listed. */
export function recordingFigures(segments: Segments, onAir: Span): RecordingFigures {
  const within = (from: number) => {
    const pieces = recordedPieces(
      // A recorder that fails again and again is told at once, though nobody knows how much of it is left.
      recordedSpansOf(segments, { from, to: onAir.to }).filter(({ how }) => how !== 'failing'),
      [{ from, to: onAir.to, is: 'on' }],
      { since: from, slates: false },
      { resolutionMs: 0, exactFrom: from },
    )
    return { pieces, ongoing: pieces.findLast(({ is, to }) => is === 'gap' && to === onAir.to) }
  }
  const from = Math.max(onAir.from, onAir.to - lookBackMs)
  const { pieces, ongoing } = within(from)
  // Nothing was recorded in the last hour: recording stopped earlier.
  const began = ongoing?.from === from ? within(onAir.from).ongoing?.from : ongoing?.from
  const ended = pieces.filter((piece) => piece.is === 'gap' && piece !== ongoing)
  return { notRecordedMs: onAir.to - (began ?? onAir.to), missingMs: ended.reduce((sum, gap) => sum + gap.to - gap.from, 0) }
}
