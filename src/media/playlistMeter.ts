import { type Playlist, type PlaylistFault, staleAfter } from '../shared/probeTransports.ts'
import type { MediaPlaylist } from './playlist.ts'

/** Compares each load of one playlist with the previous ones. */
export interface PlaylistMeter {
  /** Call when it was loaded. Times are ms of a monotonic clock. */
  readonly loaded: (playlist: MediaPlaylist, atMs: number) => void
  /** Call when it could not be loaded. */
  readonly failed: (fault: PlaylistFault) => void
  /** How long to wait until it is loaded again, ms; null: it has ended. */
  readonly waitMs: () => number | null
  /** Whether it has been compared with an earlier load since `take`, or it has ended or could not be loaded. */
  readonly hasSeen: () => boolean
  /** Whether it is live but had not changed for too long at its last load. */
  readonly isStale: () => boolean
  readonly targetMs: () => number | null
  /** End of its last segment, by its stated time and by number; null: it is not live. */
  readonly end: () => { readonly at: number | null; readonly number: number; readonly targetMs: number } | null
  /** Ends the look and returns its figures. */
  readonly take: () => Omit<Playlist, 'kind' | 'name' | 'bandwidthBps' | 'behindMs'>
}

/** Number of segments kept for comparison with the next load, the newest ones. */
const mostCompared = 100
/** Assumed for playlists without a target duration, ms. */
const usualTargetMs = 6_000
const shortestWaitMs = 500
const longestWaitMs = 30_000
const mostMs = 86_400_000

/** What is kept of a load; not its segments, of which there may be a hundred thousand. */
interface Known extends Pick<MediaPlaylist, 'targetMs' | 'firstNumber' | 'hasEnded' | 'endsAt'> {
  readonly numberAfter: number
  readonly long: number
}
function knownOf({ targetMs, firstNumber, hasEnded, endsAt, segments }: MediaPlaylist): Known {
  const long = segments.filter(({ durationMs }) => targetMs !== null && Math.round(durationMs / 1_000) * 1_000 > targetMs).length
  return { targetMs, firstNumber, hasEnded, endsAt, numberAfter: firstNumber + segments.length, long }
}

export function createPlaylistMeter(): PlaylistMeter {
  let playlist: Known | null = null
  let fault: PlaylistFault | null = null
  /** Within this look. */
  let loads = 0
  let comparisons = 0
  /** Marks by media sequence number, of the last segments. */
  let marks = new Map<number, number>()
  /** Time of the last load in which it had changed. */
  let changedMs = 0
  /** Time of the load in which its last segment was new. */
  let seenMs = 0
  /** Time of the last successful load. */
  let loadedMs = 0
  let hasChanged = false
  let counts = { lateMs: 0, rewritten: 0, sequenceBack: 0, discontinuities: 0 }

  const remember = ({ firstNumber, segments }: MediaPlaylist) => {
    const from = Math.max(0, segments.length - mostCompared)
    marks = new Map(segments.slice(from).map(({ mark }, index) => [firstNumber + from + index, mark]))
  }
  const compare = (before: Known, next: MediaPlaylist, atMs: number) => {
    comparisons++
    if (next.firstNumber < before.firstNumber || next.firstNumber + next.segments.length < before.numberAfter) {
      counts.sequenceBack++
      seenMs = atMs
      return true
    }
    const { firstNumber, segments } = next
    const known = before.numberAfter - firstNumber
    segments.slice(0, Math.max(0, known)).forEach(({ mark }, index) => {
      const was = marks.get(firstNumber + index)
      if (was !== undefined && was !== mark) counts.rewritten++
    })
    const fresh = segments.slice(Math.max(0, known))
    for (const { isAfterDiscontinuity } of fresh) if (isAfterDiscontinuity) counts.discontinuities++
    if (fresh.length > 0) {
      // At the previous load (`loadedMs`) it was not listed yet.
      const dueMs = seenMs + fresh.reduce((sum, { durationMs }) => sum + durationMs, 0)
      counts.lateMs = Math.max(counts.lateMs, loadedMs - dueMs)
      seenMs = atMs
    }
    return fresh.length > 0 || next.hasEnded
  }
  const isLive = () => playlist !== null && !playlist.hasEnded
  const targetMs = () => playlist?.targetMs ?? null
  /** For how long it had not changed at its last load: while it can't be loaded, nothing more is known. */
  const ageMs = () => loadedMs - changedMs
  return {
    loaded: (next, atMs) => {
      fault = null
      loads++
      const isFirst = playlist === null
      hasChanged = playlist === null || compare(playlist, next, atMs)
      if (isFirst) seenMs = atMs
      if (hasChanged) changedMs = atMs
      loadedMs = atMs
      playlist = knownOf(next)
      remember(next)
    },
    failed: (because) => {
      loads++
      fault = because
      hasChanged = false
    },
    waitMs: () => {
      if (playlist?.hasEnded && fault === null) return null
      // As RFC 8216 (6.3.4) has it.
      const dueMs = targetMs() ?? usualTargetMs
      return Math.min(longestWaitMs, Math.max(shortestWaitMs, hasChanged ? dueMs : dueMs / 2))
    },
    hasSeen: () => comparisons > 0 || (loads > 0 && (fault !== null || playlist?.hasEnded === true)),
    isStale: () => fault === null && isLive() && targetMs() !== null && ageMs() > staleAfter * (targetMs() ?? 0),
    targetMs,
    end: () =>
      playlist === null || playlist.hasEnded || fault !== null || playlist.targetMs === null
        ? null
        : { at: playlist.endsAt, number: playlist.numberAfter, targetMs: playlist.targetMs },
    take: () => {
      const taken = {
        fault,
        hasEnded: playlist?.hasEnded ?? false,
        targetMs: targetMs(),
        segments: playlist === null ? 0 : playlist.numberAfter - playlist.firstNumber,
        ageMs: isLive() ? Math.min(ageMs(), mostMs) : null,
        // The next segment may take up to one target duration.
        lateMs: isLive() ? Math.min(mostMs, Math.max(counts.lateMs, loadedMs - seenMs - (targetMs() ?? mostMs), 0)) : null,
        long: playlist?.long ?? 0,
        rewritten: counts.rewritten,
        sequenceBack: counts.sequenceBack,
        discontinuities: counts.discontinuities,
      }
      counts = { lateMs: 0, rewritten: 0, sequenceBack: 0, discontinuities: 0 }
      loads = 0
      comparisons = 0
      return taken
    },
  }
}
