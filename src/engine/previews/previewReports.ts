import type { Clock } from '../../clock/clock.ts'
import type { PictureReason, PreviewFigures } from '../../shared/previews.ts'
import type { Stream } from '../../shared/streams.ts'
import { addKnown } from '../../shared/sumKnown.ts'
import type { OpenPictures } from './openPictures.ts'
import { whyToSleep } from './sleepingSources.ts'

interface PreviewReportsDeps {
  readonly clock: Clock
  readonly pictures: OpenPictures
  readonly stream: (serverId: string, path: string) => Stream | null
}

/** How the open pictures of streams come, as their players report: a quality probe that costs nothing. */
export interface PreviewReports {
  /** Notes a report, and keeps the picture open. Why it was closed; null: it may go on. */
  readonly report: (given: { readonly previewId: string; readonly figures: PreviewFigures | null }) => PictureReason | null
  /** Figures of a stream since they were last taken; null: no player reported. */
  readonly take: (serverId: string, path: string) => PreviewFigures | null
}

/** Without a newer report figures say nothing of now. */
const freshMs = 15_000
/** Streams with pictures at once: four a screen. */
const mostStreams = 1_000

const largest = (one: number | null, other: number | null): number | null => (one === null ? other : other === null ? one : Math.max(one, other))

/** Of several players, or several reports of one: the worst delay, and what was counted together. */
const joined = (one: PreviewFigures, other: PreviewFigures): PreviewFigures => ({
  delayMs: largest(one.delayMs, other.delayMs),
  rttMs: largest(one.rttMs, other.rttMs),
  bufferMs: largest(one.bufferMs, other.bufferMs),
  framesDropped: addKnown(one.framesDropped, other.framesDropped),
  freezes: addKnown(one.freezes, other.freezes),
  packetsLost: addKnown(one.packetsLost, other.packetsLost),
})
const none = (count: number | null): number | null => (count === null ? null : 0)
/** What still holds after the counts were taken. */
const remainder = (figures: PreviewFigures): PreviewFigures => ({
  ...figures,
  framesDropped: none(figures.framesDropped),
  freezes: none(figures.freezes),
  packetsLost: none(figures.packetsLost),
})

interface Reported {
  figures: PreviewFigures
  /** Taken before: the next report replaces its delays. */
  taken: boolean
  /** Monotonic. */
  at: number
}

export function createPreviewReports({ clock, pictures, stream: streamOf }: PreviewReportsDeps): PreviewReports {
  const byStream = new Map<string, Reported>()
  const keyOf = (serverId: string, path: string) => `${serverId}\n${path}`
  const note = (serverId: string, path: string, figures: PreviewFigures) => {
    const key = keyOf(serverId, path)
    const now = clock.monotonic()
    const before = byStream.get(key)
    if (before === undefined || now - before.at > freshMs) {
      // Those of streams that left the list are taken by nobody.
      if (before === undefined) for (const [old, { at }] of byStream) if (now - at > freshMs) byStream.delete(old)
      if (before === undefined && byStream.size >= mostStreams) return
      byStream.set(key, { figures, taken: false, at: now })
    } else {
      before.figures = before.taken ? figures : joined(before.figures, figures)
      before.taken = false
      before.at = now
    }
  }
  return {
    report: ({ previewId, figures }) => {
      const picture = pictures.get(previewId)
      if (picture === undefined) return { kind: 'closed' }
      const { serverId, path } = picture.input
      pictures.begin(picture)()
      if (figures !== null) note(serverId, path, figures)
      // By HLS the next request finds it out.
      const asleep = picture.by === 'webrtc' ? whyToSleep(picture.input, streamOf(serverId, path), clock.monotonic() - picture.openedAt) : null
      if (asleep === null) return null
      pictures.end(picture, 'its source is on demand')
      return { kind: asleep }
    },
    // Called for each path in each round, so it costs nothing while no picture is open.
    take: (serverId, path) => {
      if (byStream.size === 0) return null
      const key = keyOf(serverId, path)
      const reported = byStream.get(key)
      if (reported === undefined) return null
      if (clock.monotonic() - reported.at > freshMs) {
        byStream.delete(key)
        return null
      }
      const { figures } = reported
      reported.figures = remainder(figures)
      reported.taken = true
      return figures
    },
  }
}
