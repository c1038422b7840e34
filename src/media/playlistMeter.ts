import { type Playlist, type PlaylistFault, staleAfter } from '../shared/probeTransports.ts'
import type { MediaPlaylist } from './playlist.ts'

/** What is known of one playlist after it has been loaded again and again: what the next load is compared with. */
export interface PlaylistMeter {
  /** It was loaded, at this time. Times are ms of a monotonic clock. */
  readonly loaded: (playlist: MediaPlaylist, atMs: number) => void
  /** It could not be loaded. */
  readonly failed: (fault: PlaylistFault) => void
  /** How long to wait until it is loaded again, ms; null: it has ended. */
  readonly waitMs: () => number | null
  /** Whether it has been compared with an earlier load since `take`, or there is nothing to come. */
  readonly hasSeen: () => boolean
  /** It is live and was not changed when it should have been, as its last load tells. */
  readonly isStale: () => boolean
  readonly targetMs: () => number | null
  /** Where its last segment ends: by the time that it says, and by number; null: it is not live. */
  readonly end: () => { readonly at: number | null; readonly number: number; readonly targetMs: number } | null
  /** The figures of a look, which ends now. */
  readonly take: () => Omit<Playlist, 'kind' | 'name' | 'bandwidthBps' | 'behindMs'>
}

/** Segments that are compared with the next load. */
const mostCompared = 100
/** A playlist without target duration, or with one that no server keeps. */
const usualTargetMs = 6_000
const shortestWaitMs = 500
const longestWaitMs = 30_000
const mostMs = 86_400_000

/** Not its segments: there may be a hundred thousand. */
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
  /** In this look. */
  let loads = 0
  let comparisons = 0
  /** Marks by media sequence number, of the last segments. */
  let marks = new Map<number, number>()
  /** When it was seen to change. */
  let changedMs = 0
  /** When its last segment was seen to have come. */
  let seenMs = 0
  /** When it was loaded last. */
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
      // It was not there yet when the list was loaded before.
      const dueMs = seenMs + fresh.reduce((sum, { durationMs }) => sum + durationMs, 0)
      counts.lateMs = Math.max(counts.lateMs, loadedMs - dueMs)
      seenMs = atMs
    }
    return fresh.length > 0 || next.hasEnded
  }
  const isLive = () => playlist !== null && !playlist.hasEnded
  const targetMs = () => playlist?.targetMs ?? null
  /** For how long it is known not to have changed: while it can't be loaded, nothing more is known. */
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
        // What is awaited may take a target duration.
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
