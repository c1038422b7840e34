import type { Span } from '../../shared/maintenance.ts'
import { mostRecordingPieces, type RecordingPiece, type RecordingPieceKind, type RecordingSums } from '../../shared/recordings.ts'
import type { OnAirPiece } from './onAirPieces.ts'

/** A period covered by a recording. */
export interface RecordedSpan extends Span {
  /** Recorded to its end, whatever history says. Otherwise it ends with its stream if that ended within the period. */
  readonly isSure: boolean
  /** The recorder repeatedly failed and restarted, as on a full disk: how much was recorded is unknown. */
  readonly isBroken: boolean
}

/** Maximum time by which a segment exceeds its configured length, as it ends at the next key frame, ms. */
export const keyFrameMs = 15_000

/**
 * Returns the periods of segments of which only the starts are known, oldest first: each ends at the next start, or after the configured length. A
 * segment that is followed immediately by the next was written to its end. `listedAt`: when the segments were listed, epoch ms.
 */
export function recordedSpansOf(starts: ArrayLike<number>, segmentMs: number | null, { from, to }: Span, listedAt: number = to): RecordedSpan[] {
  const out: RecordedSpan[] = []
  const longest = segmentMs === null ? Number.POSITIVE_INFINITY : segmentMs + keyFrameMs
  for (let index = lastStartedBy(starts, from - Math.min(longest, to - from + 86_400_000)); index < starts.length; index++) {
    const start = starts[index] as number
    if (start >= to) break
    const next = starts[index + 1] ?? Number.POSITIVE_INFINITY
    const isSure = segmentMs !== null && next - start <= longest && next - start >= segmentMs
    const end = Math.min(next, start + longest, to)
    if (end > from) out.push({ from: Math.max(from, start), to: end, isSure, isBroken: breaksOff(starts, index, segmentMs, listedAt) })
  }
  return out
}

/** Segments shorter than this may be broken, ms. MediaMTX retries 2 s after a recorder failure (1.20.1 on a full disk: a new, empty segment every 4 s). */
const brokenWithinMs = 30_000
/** Number of consecutive short segments that indicate a failure: a single one may be a returning stream or a configuration reload. */
const fewestBroken = 3
/** Whether a segment and its neighbours all ended soon after they began. `listedAt`: all segments that began by then are known. */
export function breaksOff(starts: ArrayLike<number>, index: number, segmentMs: number | null, listedAt: number): boolean {
  if (segmentMs === null) return false
  const shortMs = Math.min(brokenWithinMs, segmentMs / 2)
  const isShort = (at: number): boolean => at >= 0 && at < starts.length && (starts[at + 1] ?? listedAt) - (starts[at] as number) < shortMs
  let [first, last] = [index, index - 1]
  while (last - index < fewestBroken && isShort(last + 1)) last++
  if (last < index) return false
  while (index - first < fewestBroken && isShort(first - 1)) first--
  return last - first + 1 >= fewestBroken
}

/** Index of the last start not later than `at`, or 0. */
function lastStartedBy(starts: ArrayLike<number>, at: number): number {
  let [low, high] = [0, starts.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((starts[middle] as number) <= at) low = middle + 1
    else high = middle
  }
  // A segment that began earlier may extend beyond `at`.
  return Math.max(0, low - 1)
}

export interface Expected {
  /** Since when the stream should be recorded; null: it need not be. */
  readonly since: number | null
  /** Whether the slate is recorded, too. */
  readonly slates: boolean
}

/** Gaps shorter than this are ignored, as times are not known more precisely, ms. */
const leastGapMs = 10_000

/** Classifies a period by recordings and times on air. The pieces cover it without holes; equal neighbours are merged. */
export function recordedPieces(recorded: readonly RecordedSpan[], onAir: readonly OnAirPiece[], expected: Expected, resolutionMs: number): RecordingPiece[] {
  const out: { from: number; to: number; is: RecordingPieceKind }[] = []
  const add = (from: number, to: number, is: RecordingPieceKind) => {
    if (to <= from) return
    const before = out.at(-1)
    if (before?.is === is) before.to = to
    else out.push({ from, to, is })
  }
  let span = 0
  for (const piece of onAir) {
    let at = piece.from
    while (at < piece.to) {
      while ((recorded[span]?.to ?? Number.POSITIVE_INFINITY) <= at) span++
      const next = recorded[span]
      const isWithin = next !== undefined && next.from <= at
      const until = Math.min(piece.to, isWithin ? next.to : (next?.from ?? Number.POSITIVE_INFINITY))
      if (isWithin) add(at, until, duringRecording(piece, next))
      else for (const part of withoutRecording({ ...piece, from: at, to: until }, expected)) add(part.from, part.to, part.is)
      at = until
    }
  }
  return withoutSlips(out, resolutionMs).slice(0, mostRecordingPieces)
}

function duringRecording({ is }: OnAirPiece, { isSure, isBroken }: RecordedSpan): RecordingPieceKind {
  if (isBroken) return is === 'off' ? 'offAir' : 'unknown'
  if (is === 'slate') return 'slate'
  if (is === 'on' || isSure) return 'recorded'
  return is === 'off' ? 'offAir' : 'unknown'
}

function withoutRecording({ from, to, is }: OnAirPiece, { since, slates }: Expected): RecordingPiece[] {
  if (is === 'off' || is === 'unknown') return [{ from, to, is: is === 'off' ? 'offAir' : 'unknown' }]
  const begins = since === null || (is === 'slate' && !slates) ? to : Math.min(to, Math.max(from, since))
  return [
    { from, to: begins, is: 'notMeant' },
    { from: begins, to, is: 'gap' },
  ]
}

const isKept = (piece: RecordingPiece | undefined): boolean => piece?.is === 'recorded' || piece?.is === 'slate'

/**
 * Merges gaps shorter than the precision of the times into the preceding piece. Between two recordings both ends are known precisely, elsewhere only
 * to the resolution at which history knows when a stream came or went.
 */
function withoutSlips(pieces: readonly RecordingPiece[], resolutionMs: number): RecordingPiece[] {
  const out: RecordingPiece[] = []
  for (const [index, piece] of pieces.entries()) {
    const before = out.at(-1)
    const leastMs = isKept(before) && isKept(pieces[index + 1]) ? leastGapMs : Math.max(leastGapMs, 2 * resolutionMs)
    const isSlip = piece.is === 'gap' && piece.to - piece.from < leastMs
    if (before !== undefined && (before.is === piece.is || isSlip)) out[out.length - 1] = { ...before, to: piece.to }
    else out.push(isSlip ? { ...piece, is: 'unknown' } : piece)
  }
  return out
}

/** Total durations of each kind of piece within a period. */
export function sumsOf(pieces: readonly RecordingPiece[], { from, to }: Span): RecordingSums {
  const sums = { recordedMs: 0, slateMs: 0, gaps: 0, gapMs: 0, onAirMs: 0, unknownMs: 0 }
  for (const piece of pieces) {
    const ms = Math.min(to, piece.to) - Math.max(from, piece.from)
    if (ms <= 0) continue
    if (piece.is === 'recorded' || piece.is === 'slate') sums.recordedMs += ms
    if (piece.is === 'slate') sums.slateMs += ms
    if (piece.is === 'gap') {
      sums.gaps++
      sums.gapMs += ms
    }
    if (piece.is === 'unknown') sums.unknownMs += ms
    else if (piece.is !== 'offAir') sums.onAirMs += ms
  }
  return sums
}
