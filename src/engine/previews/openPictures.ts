import type { Clock, Timer } from '../../clock/clock.ts'
import { type Caller, isAllowed, type Operator, soleOperator } from '../../shared/permissions.ts'
import { airObstacle, livePicturesLimit, type PictureReason, type PreviewFigures } from '../../shared/previews.ts'
import { addKnown } from '../../shared/statistics.ts'
import type { Stream } from '../../shared/streams.ts'
import type { People } from '../accounts/accounts.ts'
import type { Gate } from '../http/gate.ts'
import type { ServerPool } from '../http/serverPool.ts'
import type { Log } from '../ports.ts'
import type { EndView, ViewLog } from '../viewing/viewLog.ts'
import type { WebrtcSession } from './webrtcEndpoint.ts'

/** Who wants to see which stream. */
export interface PictureWish {
  readonly serverId: string
  readonly path: string
  /** The operator confirmed that an on-demand source may be started. */
  readonly wake: boolean
  readonly viewer: string
  /** Who watches; null: this console itself, for a still picture. */
  readonly by: Caller | null
  /** Whether somebody may fetch it, for a picture of a camera that was opened for one alone; left out: whoever may see the fleet. */
  readonly only?: ((operator: Operator) => boolean) | undefined
}

export interface PreviewInput extends PictureWish {
  /** The operator's browser plays H265. */
  readonly playsH265: boolean
}

interface Opened {
  readonly previewId: string
  /** Monotonic. */
  readonly openedAt: number
  /** Aborts all open requests for it. */
  readonly ended: AbortController
  /** Releases what it holds, and never fails. */
  readonly release: () => Promise<void>
  underWay: number
  idleTimer: Timer | null
  /** Why its server or player gives no picture now; null: it does. */
  trouble: PictureReason | null
}

/** A picture that is fetched through the relay. */
export interface HlsPicture extends Opened {
  readonly by: 'hls'
  /** Secret part of its address. */
  readonly ticket: string
  readonly input: PreviewInput
  readonly hls: string
  readonly fingerprint: string | null
  readonly gate: Gate | null
  readonly pool: ServerPool
  /** MediaMTX's cookies (cookieCheck, hlsSession) stay here: they belong to the server, not to the browser. */
  readonly cookies: Map<string, string>
  /** The server requires credentials. If anyone may read, none are sent. */
  needsCredentials: boolean
  /** The server refused our credentials. It would log and delay each further try, and finally ban us. */
  isRefused: boolean
}

/** A picture that comes to the screen directly, by a session that we negotiated. */
export interface WebrtcPicture extends Opened {
  readonly by: 'webrtc'
  readonly input: PictureWish
  readonly session: WebrtcSession
  /** What the server answered. */
  readonly answer: string
  /** Ends its session on the server, once: whether it was still there; null: not known. */
  readonly endSession: () => Promise<'ended' | 'gone' | null>
}

export type OpenPicture = HlsPicture | WebrtcPicture

/** Whether somebody may see an open picture now. */
export function mayWatch({ input: { only } }: OpenPicture, operator: Operator): boolean {
  return only === undefined ? isAllowed(operator, 'view') : only(operator)
}

/** How a picture ends. lastViewerLeft: it alone would have kept an on-demand source running. stopped: this console was. */
type PictureEnd = 'closed' | 'replaced' | 'left' | 'lastViewerLeft' | 'settingsChanged' | 'stopped' | 'failed'

/** A tile that asks for nothing and reports nothing for this long counts as closed. */
const idleMs = 60_000

/** How many pictures that made room for newer ones are remembered, so that their players can say so. */
const mostReplaced = 256

/** Who has a limit of his own: a person, over all his desks, or a desk where all share one token. */
const ownerOf = ({ by, viewer }: Pick<PictureWish, 'by' | 'viewer'>): string =>
  by === null || by.id === soleOperator.id ? `desk ${viewer}` : `person ${by.id}`

interface OpenPicturesDeps {
  readonly clock: Clock
  readonly log: Log
  readonly views: Pick<ViewLog, 'begin' | 'failed'>
  readonly running: People['running']
}

/** The open pictures, in the order of opening. */
export function createOpenPictures({ clock, log, views, running }: OpenPicturesDeps) {
  const byId = new Map<string, OpenPicture>()
  const releasing = new Set<Promise<void>>()
  const viewOf = new Map<string, EndView>()
  const leaveOf = new Map<string, () => void>()
  /** Ids and tickets. */
  const replaced = new Set<string>()
  const end = (picture: OpenPicture, how: PictureEnd, why: PictureReason | null = picture.trouble) => {
    if (!byId.delete(picture.previewId)) return
    if (picture.idleTimer) clock.clearTimeout(picture.idleTimer)
    picture.ended.abort(new DOMException('the picture was closed', 'AbortError'))
    log.debug({ serverId: picture.input.serverId, path: picture.input.path, by: picture.by, how, why: why?.kind }, 'picture closed')
    const hasFailed = how === 'failed' || (why !== null && (how === 'closed' || how === 'left'))
    viewOf.get(picture.previewId)?.(hasFailed ? 'failed' : 'closed', why, how === 'left' ? clock.now() - idleMs : clock.now())
    viewOf.delete(picture.previewId)
    leaveOf.get(picture.previewId)?.()
    leaveOf.delete(picture.previewId)
    if (how === 'replaced') {
      for (const name of picture.by === 'hls' ? [picture.previewId, picture.ticket] : [picture.previewId]) replaced.add(name)
      for (const oldest of replaced) if (replaced.size > mostReplaced) replaced.delete(oldest)
    }
    const released = picture.release().finally(() => releasing.delete(released))
    releasing.add(released)
  }
  const watchedBy = (wish: Pick<PictureWish, 'by' | 'viewer'>) => {
    const owner = ownerOf(wish)
    return [...byId.values()].filter(({ input }) => ownerOf(input) === owner)
  }
  const setIdleTimer = (picture: OpenPicture) => {
    if (picture.idleTimer) clock.clearTimeout(picture.idleTimer)
    const isIdle = picture.underWay === 0 && byId.has(picture.previewId)
    picture.idleTimer = isIdle ? clock.setTimeout(() => end(picture, 'left'), idleMs) : null
  }
  return {
    get: (previewId: string): OpenPicture | undefined => byId.get(previewId),
    all: (): Iterable<OpenPicture> => byId.values(),
    /** Number of open pictures of a stream by HLS. Called for each path with HLS viewers in each round, so it allocates nothing. */
    hlsOn: (serverId: string, path: string) => {
      let open = 0
      for (const { by, input } of byId.values()) if (by === 'hls' && input.serverId === serverId && input.path === path) open++
      return open
    },
    /** Whether somebody may open one more without closing another. */
    hasRoom: (wish: Pick<PictureWish, 'by' | 'viewer'>): boolean => watchedBy(wish).length < livePicturesLimit,
    /** Closes the oldest picture of a person who has as many as he may. */
    makeRoom: (wish: PictureWish): void => {
      const watched = watchedBy(wish)
      const oldest = watched.length >= livePicturesLimit ? watched[0] : undefined
      if (oldest) end(oldest, 'replaced', null)
    },
    /** Closes what a guest watches and may no longer see. `now` null: his link has ended. */
    review: (operatorId: string, now: Operator | null): void => {
      for (const picture of [...byId.values()]) if (picture.input.by?.id === operatorId && !(now && mayWatch(picture, now))) end(picture, 'closed', null)
    },
    /** Why there is no picture of this id or ticket. */
    whyGone: (name: string): 'replaced' | 'closed' => (replaced.has(name) ? 'replaced' : 'closed'),
    /** Notes that a picture could not be opened. */
    failed: ({ by, serverId, path }: PictureWish, way: OpenPicture['by'], why: PictureReason): void => {
      if (by !== null) views.failed({ by, serverId, path, way }, why)
    },
    add: (picture: OpenPicture) => {
      byId.set(picture.previewId, picture)
      const { by, serverId, path } = picture.input
      if (by !== null) viewOf.set(picture.previewId, views.begin({ by, serverId, path, way: picture.by }))
      setIdleTimer(picture)
      log.debug({ serverId: picture.input.serverId, path: picture.input.path, by: picture.by, wake: picture.input.wake }, 'picture opened')
      if (by === null) return
      const leave = running(by, (now) => {
        if (now === null || !mayWatch(picture, now)) end(picture, 'closed', null)
      })
      if (byId.has(picture.previewId)) leaveOf.set(picture.previewId, leave)
    },
    /** Begins a request for the picture; call the returned function when it has ended. A picture without requests for a minute is closed. */
    begin: (picture: OpenPicture): (() => void) => {
      picture.underWay++
      setIdleTimer(picture)
      return () => {
        picture.underWay--
        setIdleTimer(picture)
      }
    },
    end,
    /** Resolves when all that was ended has let go of its server. */
    released: async () => {
      await Promise.all(releasing)
    },
  }
}
export type OpenPictures = ReturnType<typeof createOpenPictures>

/** Whether the last viewer left, so that only our picture keeps the source running. */
const onlyWeKeepItRunning = (stream: Stream): boolean => stream.onDemand && stream.figures.readers === 0 && stream.hlsViewersUnknown !== true
/** If other viewers can't be distinguished from ours, a source on demand is not kept running for longer than this. */
const uncountedLimitMs = 5 * 60_000

/** What stands in the way of a live picture by any protocol: a source on demand without viewers is not lost but asleep, even if it still runs. */
export function liveObstacle(stream: Stream, { wake }: Pick<PictureWish, 'wake'>): ReturnType<typeof airObstacle> {
  return !wake && onlyWeKeepItRunning(stream) ? 'onDemand' : airObstacle(stream, wake)
}

/** Why a picture of a source on demand must stop; null: it may continue, as it always may if the operator started the source. */
export function whyToSleep({ wake }: Pick<PictureWish, 'wake'>, stream: Stream | null, openMs: number): 'lastViewerLeft' | null {
  if (wake || stream === null || !stream.onDemand) return null
  if (onlyWeKeepItRunning(stream)) return 'lastViewerLeft'
  return stream.hlsViewersUnknown === true && stream.figures.readers === 0 && openMs > uncountedLimitMs ? 'lastViewerLeft' : null
}

interface PreviewReportsDeps {
  readonly clock: Clock
  readonly pictures: OpenPictures
  readonly stream: (serverId: string, path: string) => Stream | null
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

/** How the open pictures of streams come, as their players report: a quality probe that costs nothing. */
export function createPreviewReports({ clock, pictures, stream: streamOf }: PreviewReportsDeps) {
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
    /** Notes a report, and keeps the picture open. Why it was closed; null: it may go on. */
    report: ({ previewId, figures }: { readonly previewId: string; readonly figures: PreviewFigures | null }): PictureReason | null => {
      const picture = pictures.get(previewId)
      if (picture === undefined) return { kind: pictures.whyGone(previewId) }
      const { serverId, path } = picture.input
      pictures.begin(picture)()
      if (figures !== null) note(serverId, path, figures)
      // By HLS the next request finds it out.
      const asleep = picture.by === 'webrtc' ? whyToSleep(picture.input, streamOf(serverId, path), clock.monotonic() - picture.openedAt) : null
      if (asleep === null) return null
      pictures.end(picture, asleep)
      return { kind: asleep }
    },
    /** Figures of a stream since they were last taken; null: no player reported. Called for each path in each round, so it costs nothing while no picture is open. */
    take: (serverId: string, path: string): PreviewFigures | null => {
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
export type PreviewReports = ReturnType<typeof createPreviewReports>
