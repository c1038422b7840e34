import { randomBytes, randomUUID } from 'node:crypto'
import { type Clock, timeLimit } from '../../clock/clock.ts'
import type { Language } from '../../i18n/languages.ts'
import { isPlainPath } from '../../shared/isPlainPath.ts'
import { hlsObstacle, type PictureReason, type PlainPictureReason, type Preview, type StreamObstacle } from '../../shared/previews.ts'
import { err, type Result } from '../../shared/result.ts'
import type { Stream } from '../../shared/streams.ts'
import { encodePathName } from '../http/encodePathName.ts'
import { gateAt, mayGoTo } from '../http/mayGoTo.ts'
import { failureToServerError } from '../http/serverFailure.ts'
import { createServerPool } from '../http/serverPool.ts'
import type { KnownEndpoint } from '../servers/readings.ts'
import type { HlsPicture, OpenPictures, PreviewInput } from './openPictures.ts'
import { flatFile } from './playlist.ts'
import { type Refused, refusedBy } from './refusals.ts'
import { askServer, type Part, type PreviewAccess, refusalAnswer, relayBody } from './relayPart.ts'
import { obstacleOf, whyToSleep } from './sleepingSources.ts'

export type { PreviewAccess, PreviewInput }

interface PreviewsDeps {
  readonly clock: Clock
  /** Those by WebRTC are among them. */
  readonly pictures: OpenPictures
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

const reasonOf = (obstacle: StreamObstacle, stream: Stream): PictureReason =>
  obstacle === 'codecUnsupported' ? { kind: obstacle, codecs: stream.tracks.map((track) => track.codec) } : { kind: obstacle }

const wayBarred = (stream: Stream, hls: KnownEndpoint, input: PreviewInput): StreamObstacle | null =>
  obstacleOf(stream, input, hlsObstacle(stream, hls !== null, input.playsH265))

/** Address of a picture's file on the server. */
function partOf({ hls, input }: HlsPicture, file: string, query: string): Part {
  const base = new URL(hls)
  const folder = new URL(base.origin)
  folder.pathname = `${base.pathname.replace(/\/+$/, '')}/${encodePathName(input.path)}/`
  return { folder, file, query }
}

export function createPreviews(deps: PreviewsDeps): Previews {
  const { clock, pictures, accessOf, stream: streamOf, tag, version } = deps
  const byTicket = (ticket: string): HlsPicture | null => {
    for (const picture of pictures.all()) if (picture.by === 'hls' && picture.ticket === ticket) return picture
    return null
  }
  /** Servers that have required credentials before: a first request without them would open a failing session, which the server logs. */
  const askers = new Set<string>()

  const fetchPart = async (picture: HlsPicture, access: PreviewAccess, part: Part, signal: AbortSignal): Promise<Result<Response, Refused>> => {
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
    if (request.method !== 'GET') return plain(405, 'noSuchPart')
    const { pathname, search } = new URL(request.url)
    const [, ticket = '', file = ''] = /^\/relay\/([\w-]{20,100})\/([^/]+)$/.exec(pathname) ?? []
    const picture = byTicket(ticket)
    if (!picture) return plain(404, 'closed')
    if (!flatFile.test(file)) return plain(404, 'noSuchPart')
    const { serverId, path } = picture.input
    const access = accessOf(serverId)
    if (!access || access.hls !== picture.hls || access.fingerprint !== picture.fingerprint || (access.gate ?? null) !== picture.gate) {
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
    if (stream && wayBarred(stream, access.hls, picture.input) === 'onDemand') return plain(409, 'onDemand')
    const query = new URLSearchParams(search)
    query.set('mtxdeck', tag)
    return await fetchPart(picture, access, partOf(picture, file, `?${query}`), request.signal)
  }

  return {
    open: async (input) => {
      const access = accessOf(input.serverId)
      const stream = streamOf(input.serverId, input.path)
      if (!access || !stream || !isPlainPath(input.path)) return null
      const { hls, fingerprint, gate = null } = access
      const found = wayBarred(stream, hls, input)
      const without = (obstacle: StreamObstacle, why: PictureReason): Preview => ({ url: null, previewId: null, obstacle, why, closed: null })
      if (found !== null) return without(found, reasonOf(found, stream))
      if (typeof hls !== 'string') return without('hlsOff', hls === null ? { kind: 'hlsOff' } : { kind: 'serverError', error: hls })
      if (!/^https?:\/\//i.test(hls) || !URL.canParse(hls)) return without('hlsOff', { kind: 'badAddress', of: 'hls', address: hls })

      const closed = pictures.makeRoom(input.viewer)
      const pool = createServerPool({ clock, url: hls, fingerprint, gate: gateAt(hls, access), userAgent: `mtxdeck/${version}`, connections })
      const picture: HlsPicture = {
        by: 'hls',
        previewId: randomUUID(),
        ticket: randomBytes(32).toString('base64url'),
        input,
        hls,
        openedAt: clock.monotonic(),
        fingerprint,
        gate,
        pool,
        ended: new AbortController(),
        release: pool.close,
        cookies: new Map(),
        needsCredentials: askers.has(input.serverId) && mayGoTo(hls, access.url),
        isRefused: false,
        underWay: 0,
        idleTimer: null,
      }
      pictures.add(picture)
      return {
        url: `/relay/${picture.ticket}/index.m3u8`,
        previewId: picture.previewId,
        obstacle: null,
        why: stream.state === 'slate' ? { kind: 'slate' } : null,
        closed,
      }
    },
    close: async ({ previewId }) => {
      const picture = pictures.get(previewId)
      if (picture) pictures.end(picture, 'closed')
    },
    part: answer,
    relay: async (request, language = 'en') => {
      const answered = await answer(request)
      return answered.ok ? answered.value : refusalAnswer(answered.error, language)
    },
    [Symbol.asyncDispose]: async () => {
      for (const picture of pictures.all()) pictures.end(picture, 'shutdown')
      await pictures.released()
    },
  }
}
