import { Temporal } from 'temporal-polyfill'
import type { SeriesColumns } from '../../shared/history.ts'
import type { Span } from '../../shared/maintenance.ts'
import { mostRecordingPieces, type RecordingPiece, type RecordingPieceKind, type RecordingSums } from '../../shared/recordings.ts'
import { streamStateCodes } from '../../shared/streams.ts'

/** What there was to record: a publisher's or source's media, the slate of its server, nothing, or unknown. */
type OnAir = 'on' | 'slate' | 'off' | 'unknown'
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

/** A period covered by a recording. */
interface RecordedSpan extends Span {
  /**
   * - whole: recorded to its end, whatever history says
   * - begun: recorded to its end, or to that of its stream if that is earlier
   * - late: a segment that is full may have waited so long for its last key frame
   * - failing: the recorder repeatedly failed and restarted, as on a full disk, so how much was recorded is unknown
   */
  readonly how: 'whole' | 'begun' | 'late' | 'failing'
}

/** Maximum time by which a segment exceeds its configured length, as it ends at the next key frame, ms. */
export const keyFrameMs = 15_000

export interface Segments {
  /** Starts, epoch ms, oldest first. */
  readonly starts: ArrayLike<number>
  /** Ends as told by the playback server, by start. A segment being written has none. */
  readonly ends: ReadonlyMap<number, number>
  /** Configured length, ms; null: unknown. */
  readonly segmentMs: number | null
  /** When they were listed, epoch ms: all that began by then are known. */
  readonly listedAt: number
  /** When others were recorded that are listed no more; null: none. */
  readonly lost: Span | null
}

/** Whether a segment was written to its end: the next one followed immediately. */
export function isFollowed(start: number, next: number | undefined, segmentMs: number): boolean {
  return next !== undefined && next - start >= segmentMs && next - start <= segmentMs + keyFrameMs
}

/**
 * Returns the periods of segments, oldest first. Without an end, a segment that is followed immediately by the next reaches to it, and any other one
 * reaches to its configured length at most: where it really ended is unknown.
 */
export function recordedSpansOf({ starts, ends, segmentMs: configured, listedAt }: Segments, { from, to }: Span): RecordedSpan[] {
  const out: RecordedSpan[] = []
  const segmentMs = configured ?? usualLength(starts)
  const longest = segmentMs + keyFrameMs
  const add = (span: RecordedSpan) => {
    const cut = { ...span, from: Math.max(from, span.from), to: Math.min(to, span.to) }
    if (cut.to > cut.from) out.push(cut)
  }
  for (let index = lastStartedBy(starts, from - Math.min(longest, to - from + 86_400_000)); index < starts.length; index++) {
    const start = starts[index] as number
    if (start >= to) break
    const next = starts[index + 1]
    const until = next ?? Number.POSITIVE_INFINITY
    const end = ends.get(start)
    if (end !== undefined || isFollowed(start, next, segmentMs)) add({ from: start, to: Math.min(until, end ?? until), how: 'whole' })
    else {
      const isOpen = next === undefined && start + longest > listedAt
      const full = isOpen ? start + longest : start + segmentMs
      add({ from: start, to: Math.min(until, full), how: breaksOff(starts, index, configured, listedAt) ? 'failing' : 'begun' })
      add({ from: full, to: Math.min(until, start + longest), how: 'late' })
    }
  }
  return out
}

const fewestLengths = 3
/** Of a stream that is not recorded any more its server tells no length: most segments are as long as the one in the middle. */
function usualLength(starts: ArrayLike<number>): number {
  const lengths = Array.from({ length: Math.max(0, starts.length - 1) }, (_, index) => (starts[index + 1] as number) - (starts[index] as number))
  return lengths.length < fewestLengths ? Number.POSITIVE_INFINITY : (lengths.sort((a, b) => a - b)[lengths.length >> 1] as number)
}

/** Segments shorter than this may be broken, ms. MediaMTX retries 2 s after a recorder failure (1.20.1 on a full disk: a new, empty segment every 4 s). */
const brokenWithinMs = 30_000
/** Number of consecutive short segments that indicate a failure: a single one may be a returning stream or a configuration reload. */
const fewestBroken = 3
/** Whether a segment and its neighbours all ended soon after they began. `listedAt`: all segments that began by then are known. */
function breaksOff(starts: ArrayLike<number>, index: number, segmentMs: number | null, listedAt: number): boolean {
  if (segmentMs === null) return false
  const shortMs = Math.min(brokenWithinMs, segmentMs / 2)
  const isShort = (at: number): boolean => at >= 0 && at < starts.length && (starts[at + 1] ?? listedAt) - (starts[at] as number) < shortMs
  let [first, last] = [index, index - 1]
  while (last - index < fewestBroken && isShort(last + 1)) last++
  if (last < index) return false
  while (index - first < fewestBroken && isShort(first - 1)) first--
  return last - first + 1 >= fewestBroken
}

/** Index of the last start not later than `at`, or 0. `starts`: in order. */
export function lastStartedBy(starts: ArrayLike<number>, at: number): number {
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

/** Gaps between two recordings shorter than this are ignored: each begins at a key frame, ms. */
const leastGapMs = 10_000
/** Likewise where a stream begins or ends: the clocks of two machines differ, and a poll sees it late. */
const leastEdgeMs = 20_000

/**
 * Classifies a period by recordings and times on air, which are known to `resolutionMs` before `exactFrom`. The pieces cover it without holes; equal
 * neighbours are merged.
 */
export function recordedPieces(
  recorded: readonly RecordedSpan[],
  onAir: readonly OnAirPiece[],
  expected: Expected,
  { resolutionMs, exactFrom }: { readonly resolutionMs: number; readonly exactFrom: number },
): RecordingPiece[] {
  const out: TimedPiece[] = []
  const edgeMs = (at: number) => (at >= exactFrom ? leastEdgeMs : Math.max(leastEdgeMs, 2 * resolutionMs))
  let span = 0
  let previous: OnAirPiece | null = null
  for (const piece of onAir) {
    const add = ({ from, to, is }: RecordingPiece) => {
      if (to <= from) return
      const leastMs = Math.max(leastGapMs, from === piece.from ? edgeMs(from) : 0, to === piece.to ? edgeMs(to) : 0)
      const before = out.at(-1)
      if (before?.is === is) Object.assign(before, { to, leastMs: Math.max(before.leastMs, leastMs) })
      else out.push({ from, to, is, leastMs })
    }
    // A stream that returns begins a segment of its own.
    const offFrom = previous?.is === 'off' && piece.is !== 'off' ? previous.from - edgeMs(previous.from) : Number.NEGATIVE_INFINITY
    while (recorded[span]?.how !== 'whole' && (recorded[span]?.from ?? Number.POSITIVE_INFINITY) <= offFrom) span++
    previous = piece
    let at = piece.from
    while (at < piece.to) {
      while ((recorded[span]?.to ?? Number.POSITIVE_INFINITY) <= at) span++
      const next = recorded[span]
      const isWithin = next !== undefined && next.from <= at
      const until = Math.min(piece.to, isWithin ? next.to : (next?.from ?? Number.POSITIVE_INFINITY))
      // The stream went on, and this segment did not: it may have ended at any time.
      if (isWithin) add({ from: at, to: until, is: duringRecording(piece, next, piece.to - next.to >= edgeMs(piece.to)) })
      else for (const part of withoutRecording({ ...piece, from: at, to: until }, expected)) add(part)
      at = until
    }
  }
  return withoutSlips(out).slice(0, mostRecordingPieces)
}

function duringRecording({ is }: OnAirPiece, { how }: RecordedSpan, wentOn: boolean): RecordingPieceKind {
  if (how === 'whole' || how === 'begun') {
    if (is === 'slate') return 'slate'
    if (how === 'whole' || (is === 'on' && !wentOn)) return 'recorded'
  }
  return is === 'off' ? 'none' : 'unknown'
}

function withoutRecording({ from, to, is }: OnAirPiece, { since, slates }: Expected): RecordingPiece[] {
  if (is === 'unknown') return [{ from, to, is }]
  const begins = is === 'off' || since === null || (is === 'slate' && !slates) ? to : Math.min(to, Math.max(from, since))
  return [
    { from, to: begins, is: 'none' },
    { from: begins, to, is: 'gap' },
  ]
}

/** `leastMs`: a shorter one is a slip. */
interface TimedPiece extends RecordingPiece {
  readonly leastMs: number
}

const isKept = (piece: RecordingPiece | undefined): boolean => piece?.is === 'recorded' || piece?.is === 'slate'

/** Merges what is shorter than the precision of its times into a neighbour, which is a recording only where seconds are between two of them. */
function withoutSlips(pieces: readonly TimedPiece[]): RecordingPiece[] {
  const out: RecordingPiece[] = []
  for (const [index, { from, to, is, leastMs }] of pieces.entries()) {
    const [before, after] = [out.at(-1), pieces[index + 1]]
    const isSlip = (is === 'gap' || is === 'unknown') && to - from < leastMs
    const other = isKept(before) && isKept(after) && to - from < leastGapMs ? before : [before, after].find((one) => one !== undefined && !isKept(one))
    const shown = isSlip ? (other?.is ?? 'unknown') : is
    if (before?.is === shown) out[out.length - 1] = { ...before, to }
    else out.push({ from, to, is: shown })
  }
  return out
}

/** Total durations of each kind of piece within a period. `since`: before it no recording is expected, so that nothing unknown there is missing. */
export function sumsOf(pieces: readonly RecordingPiece[], { from, to }: Span, since: number | null): RecordingSums {
  const sums = { recordedMs: 0, slateMs: 0, gaps: 0, gapMs: 0, unknownMs: 0 }
  for (const piece of pieces) {
    const ms = Math.min(to, piece.to) - Math.max(from, piece.from)
    if (ms <= 0) continue
    if (piece.is === 'recorded' || piece.is === 'slate') sums.recordedMs += ms
    if (piece.is === 'slate') sums.slateMs += ms
    if (piece.is === 'gap') {
      sums.gaps++
      sums.gapMs += ms
    }
    if (piece.is === 'unknown') sums.unknownMs += Math.max(0, Math.min(to, piece.to) - Math.max(from, piece.from, since ?? 0))
  }
  return sums
}

/** What it is as `is` says, where a piece lies within a span. One that stays what it was stays whole, unless all are split. */
export function changedWithin<Piece extends Span & { readonly is: string }>(
  pieces: readonly Piece[],
  { from, to }: Span,
  is: (piece: Piece) => Piece['is'],
  splitsAll = false,
): Piece[] {
  return pieces.flatMap((piece) => {
    const [begin, end] = [Math.max(piece.from, from), Math.min(piece.to, to)]
    if (end <= begin || (!splitsAll && is(piece) === piece.is)) return [piece]
    const parts = [
      { ...piece, to: begin },
      { ...piece, from: begin, to: end, is: is(piece) },
      { ...piece, from: end },
    ]
    return parts.filter((part) => part.to > part.from)
  })
}

/** Within a span nobody knows whether something was on air, or what was recorded: what seems to be missing may be there. */
export function unseenWithin(pieces: readonly RecordingPiece[], span: Span): RecordingPiece[] {
  return changedWithin(pieces, span, ({ is }) => (is === 'gap' ? 'unknown' : is))
}

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
    const found = recordedPieces(
      // A recorder that fails again and again is told at once, though nobody knows how much of it is left.
      recordedSpansOf(segments, { from, to: onAir.to }).filter(({ how }) => how !== 'failing'),
      [{ from, to: onAir.to, is: 'on' }],
      { since: from, slates: false },
      { resolutionMs: 0, exactFrom: from },
    )
    const pieces = segments.lost === null ? found : unseenWithin(found, segments.lost)
    return { pieces, ongoing: pieces.findLast(({ is, to }) => is === 'gap' && to === onAir.to) }
  }
  const from = Math.max(onAir.from, onAir.to - lookBackMs)
  const { pieces, ongoing } = within(from)
  // Nothing was recorded in the last hour: recording stopped earlier.
  const began = ongoing?.from === from ? within(onAir.from).ongoing?.from : ongoing?.from
  const ended = pieces.filter((piece) => piece.is === 'gap' && piece !== ongoing)
  return { notRecordedMs: onAir.to - (began ?? onAir.to), missingMs: ended.reduce((sum, gap) => sum + gap.to - gap.from, 0) }
}

interface LocalDay extends Span {
  /** As `2026-10-24`. */
  readonly day: string
}

/** The days of a zone that a period touches, cut to it: 23 or 25 hours where its clocks are set. */
export function localDays({ from, to }: Span, zone: string): LocalDay[] {
  const days: LocalDay[] = []
  let begin = Temporal.Instant.fromEpochMilliseconds(Math.floor(from)).toZonedDateTimeISO(zone).startOfDay()
  while (begin.epochMilliseconds < to) {
    const next = begin.add({ days: 1 }).startOfDay()
    days.push({ day: begin.toPlainDate().toString(), from: Math.max(from, begin.epochMilliseconds), to: Math.min(to, next.epochMilliseconds) })
    begin = next
  }
  return days
}
