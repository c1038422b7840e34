import { randomBytes, randomUUID } from 'node:crypto'
import { type Clock, timeLimit } from '../../clock/clock.ts'
import { hlsObstacle, livePicturesLimit, type PictureReason, type PlainPictureReason, type Preview, type StreamObstacle } from '../../shared/previews.ts'
import { err, type Result } from '../../shared/result.ts'
import type { Stream } from '../../shared/streams.ts'
import type { Language } from '../../shared/words/languages.ts'
import { pictureText } from '../../shared/words/pictureText.ts'
import { encodePathName } from '../http/encodePathName.ts'
import { mayGoTo } from '../http/mayGoTo.ts'
import { failureToServerError } from '../http/serverFailure.ts'
import { createServerPool } from '../http/serverPool.ts'
import type { Log } from '../ports.ts'
import { createOpenPictures, type OpenPicture, type PreviewInput } from './openPictures.ts'
import { flatFile } from './playlist.ts'
import { askServer, type Part, type PreviewAccess, type Refused, refusedBy, relayBody, relayHeaders } from './relayPart.ts'

export type { PreviewAccess, PreviewInput }

export interface PreviewsDeps {
  readonly clock: Clock
  readonly log: Log
  readonly accessOf: (serverId: string) => PreviewAccess | null
  readonly stream: (serverId: string, path: string) => Stream | null
  /** Id of this installation: our readers send `mtxdeck=<tag>`, so that they are not counted as viewers. */
  readonly tag: string
  readonly version: string
}

/** Live pictures: the open ones, and the relay that fetches them. */
export interface Previews {
  /** null: there is no such stream. */
  readonly open: (input: PreviewInput) => Promise<Preview | null>
  readonly close: (input: { readonly previewId: string }) => Promise<void>
  /** Number of open pictures of a stream. */
  readonly openOn: (serverId: string, path: string) => number
  /** A part of an open picture: `GET /relay/<ticket>/<file>`, or why there is none. */
  readonly part: (request: Request) => Promise<Result<Response, Refused>>
  /** `part` for browsers; refusals are in `language`. The caller has already authenticated the request. */
  readonly relay: (request: Request, language?: Language) => Promise<Response>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** A source on demand may take 10 s to start, and its first segments take some more. */
const headLimitMs = 25_000
/** The most that a player has at once: two blocking playlists, and parts of picture and sound. */
const connections = 6

const plain = (status: number, kind: PlainPictureReason): { readonly ok: false; readonly error: Refused } => err({ status, why: { kind } })

/** Whether the last viewer left, so that only our picture keeps the source running. */
const onlyWeKeepItRunning = (stream: Stream): boolean => stream.onDemand && stream.figures.readers === 0 && stream.hlsViewersUnknown !== true
/** If other viewers can't be distinguished from ours, a source on demand is not kept running for longer than this. */
const uncountedLimitMs = 5 * 60_000

function obstacleOf(stream: Stream, hls: string | null, input: PreviewInput): StreamObstacle | null {
  const obstacle = hlsObstacle(stream, hls !== null, input.playsH265)
  // An on-demand source without viewers is not lost but asleep, even if it was watched before.
  const asleep = obstacle === 'onDemand' || (obstacle === 'notLive' && stream.onDemand) || onlyWeKeepItRunning(stream)
  if (!asleep) return obstacle
  return input.wake ? null : 'onDemand'
}

const reasonOf = (obstacle: StreamObstacle, stream: Stream): PictureReason =>
  obstacle === 'codecUnsupported' ? { kind: obstacle, codecs: stream.tracks.map((track) => track.codec) } : { kind: obstacle }

/** Why a picture of a source on demand must stop; null: it may continue, as it always may if the operator started the source. */
function whyToSleep({ wake }: PreviewInput, stream: Stream | null, openMs: number): 'lastViewerLeft' | 'viewersUnknown' | null {
  if (wake || stream === null || !stream.onDemand) return null
  if (onlyWeKeepItRunning(stream)) return 'lastViewerLeft'
  return stream.hlsViewersUnknown === true && stream.figures.readers === 0 && openMs > uncountedLimitMs ? 'viewersUnknown' : null
}

/** Address of a picture's file on the server. */
function partOf({ hls, input }: OpenPicture, file: string, query: string): Part {
  const base = new URL(hls)
  const folder = new URL(base.origin)
  folder.pathname = `${base.pathname.replace(/\/+$/, '')}/${encodePathName(input.path)}/`
  return { folder, file, query }
}

export function createPreviews(deps: PreviewsDeps): Previews {
  const { clock, log, accessOf, stream: streamOf, tag, version } = deps
  const pictures = createOpenPictures({ clock, log })
  /** Servers that have required credentials before: a first request without them would open a failing session, which the server logs. */
  const askers = new Set<string>()

  const fetchPart = async (picture: OpenPicture, access: PreviewAccess, part: Part, signal: AbortSignal): Promise<Result<Response, Refused>> => {
    const done = pictures.begin(picture)
    const signals = [picture.ended.signal, signal]
    let isPassing = false
    try {
      using limit = timeLimit(clock, headLimitMs, AbortSignal.any(signals))
      const asked = await askServer(picture, access, part, limit.signal)
      if (picture.needsCredentials) askers.add(picture.input.serverId)
      if (!asked.ok) return asked
      isPassing = true
      return await relayBody(asked.value, { headSignal: limit.signal, signals, onClose: done })
    } catch (error) {
      if (picture.ended.signal.aborted) return plain(404, 'closed')
      if (signal.aborted) return plain(499, 'closed')
      return err(refusedBy(failureToServerError(error, { dialling: false, answering: true, receivedBytes: 0 })))
    } finally {
      if (!isPassing) done()
    }
  }

  const answer = async (request: Request): Promise<Result<Response, Refused>> => {
    if (request.method !== 'GET') return plain(405, 'onlyGet')
    const { pathname, search } = new URL(request.url)
    const [, ticket = '', file = ''] = /^\/relay\/([\w-]{20,100})\/([^/]+)$/.exec(pathname) ?? []
    const picture = pictures.get(ticket)
    if (!picture) return plain(404, 'closed')
    if (!flatFile.test(file)) return plain(404, 'noSuchPart')
    const { serverId, path } = picture.input
    const access = accessOf(serverId)
    if (!access || access.hls !== picture.hls || access.fingerprint !== picture.fingerprint) {
      pictures.end(picture, 'server changed')
      return plain(404, 'settingsChanged')
    }
    if (picture.isRefused) return plain(502, 'readRefused')
    const stream = streamOf(serverId, path)
    const asleep = whyToSleep(picture.input, stream, clock.monotonic() - picture.openedAt)
    if (asleep !== null) {
      pictures.end(picture, 'its source is on demand')
      return plain(409, asleep)
    }
    if (file !== 'index.m3u8') return await fetchPart(picture, access, partOf(picture, file, search), request.signal)
    // The player's first request makes it a reader, so this is the last moment to leave a source asleep.
    if (stream && obstacleOf(stream, access.hls, picture.input) === 'onDemand') return plain(409, 'onDemand')
    const query = new URLSearchParams(search)
    query.set('mtxdeck', tag)
    return await fetchPart(picture, access, partOf(picture, file, `?${query}`), request.signal)
  }

  return {
    open: async (input) => {
      const access = accessOf(input.serverId)
      const stream = streamOf(input.serverId, input.path)
      if (!access || !stream || input.path.split('/').some((part) => part === '.' || part === '..')) return null
      const { hls, fingerprint } = access
      const found = obstacleOf(stream, hls, input)
      const without = (obstacle: StreamObstacle, why: PictureReason): Preview => ({ url: null, previewId: null, obstacle, why, closed: null })
      if (found !== null) return without(found, reasonOf(found, stream))
      if (hls === null) return without('hlsOff', { kind: 'hlsOff' })
      if (!/^https?:\/\//i.test(hls) || !URL.canParse(hls)) return without('hlsOff', { kind: 'badAddress', of: 'hls', address: hls })

      const watched = [...pictures.all()].filter((picture) => picture.input.viewer === input.viewer)
      const oldest = watched.length >= livePicturesLimit ? watched[0] : undefined
      if (oldest) pictures.end(oldest, 'one more than the limit')
      const picture: OpenPicture = {
        previewId: randomUUID(),
        ticket: randomBytes(32).toString('base64url'),
        input,
        hls,
        openedAt: clock.monotonic(),
        fingerprint,
        pool: createServerPool({ clock, url: hls, fingerprint, userAgent: `mtxdeck/${version}`, connections }),
        ended: new AbortController(),
        cookies: new Map(),
        needsCredentials: askers.has(input.serverId) && mayGoTo(hls, access.url),
        isRefused: false,
        underWay: 0,
        idleTimer: null,
      }
      pictures.add(picture)
      log.debug({ serverId: input.serverId, path: input.path, wake: input.wake }, 'picture opened')
      return {
        url: `/relay/${picture.ticket}/index.m3u8`,
        previewId: picture.previewId,
        obstacle: null,
        why: stream.state === 'slate' ? { kind: 'slate' } : null,
        closed: oldest?.previewId ?? null,
      }
    },
    close: async ({ previewId }) => {
      for (const picture of pictures.all()) if (picture.previewId === previewId) pictures.end(picture, 'closed')
    },
    // Called for each path with HLS viewers in each round, so it allocates nothing.
    openOn: (serverId, path) => {
      let open = 0
      for (const { input } of pictures.all()) if (input.serverId === serverId && input.path === path) open++
      return open
    },
    part: answer,
    relay: async (request, language = 'en') => {
      const answered = await answer(request)
      if (answered.ok) return answered.value
      const { status, why } = answered.error
      return Response.json({ error: pictureText(why, language), why }, { status, headers: relayHeaders })
    },
    [Symbol.asyncDispose]: async () => {
      for (const picture of pictures.all()) pictures.end(picture, 'shutdown')
    },
  }
}
