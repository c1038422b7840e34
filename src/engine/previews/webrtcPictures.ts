import { randomUUID } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import type { Clock } from '../../clock/clock.ts'
import { isLoopback } from '../../shared/ipAddresses.ts'
import { iceCandidatesOf, iceVerdict, type PictureReason } from '../../shared/previews.ts'
import type { Stream } from '../../shared/streams.ts'
import type { IceServer, WebrtcEnd, WebrtcWatched } from '../../shared/webrtc.ts'
import { liveObstacle, type OpenPictures, type PictureWish, type WebrtcPicture } from './openPictures.ts'
import { endSession, type WebrtcAccess, type WebrtcEndpoint, type WebrtcSession } from './webrtcEndpoint.ts'

/** The networks of this machine, as `10.1.0.7/16`. */
export function ownNetworks(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).flatMap(({ cidr }) => (cidr === null ? [] : [cidr])))
}

interface WebrtcPicturesDeps {
  readonly clock: Clock
  readonly pictures: OpenPictures
  readonly endpoint: WebrtcEndpoint
  readonly accessOf: (serverId: string) => WebrtcAccess | null
  readonly stream: (serverId: string, path: string) => Stream | null
  readonly networks: () => readonly string[]
  readonly tag: string
  readonly version: string
}

type StreamWish = Pick<PictureWish, 'serverId' | 'path' | 'wake'>

/** Live pictures by WebRTC: the console negotiates, and the media goes from the server to the player. */
export function createWebrtcPictures(deps: WebrtcPicturesDeps) {
  const { clock, pictures, endpoint, accessOf, stream: streamOf, tag, version } = deps

  /** The stream's server, or why it is not asked; null: there is no such stream. */
  const lookUp = ({ serverId, path, wake }: StreamWish): { readonly access: WebrtcAccess; readonly why: PictureReason | null } | null => {
    const access = accessOf(serverId)
    const stream = streamOf(serverId, path)
    if (access === null || stream === null) return null
    const obstacle = liveObstacle(stream, { wake })
    return { access, why: obstacle && { kind: obstacle } }
  }
  const pictureOf = (wish: PictureWish, session: WebrtcSession, answer: string): WebrtcPicture => {
    let ending: ReturnType<typeof endSession> | null = null
    const endOnce = () => {
      ending ??= endSession(deps, session)
      return ending
    }
    return {
      by: 'webrtc',
      previewId: randomUUID(),
      input: wish,
      session,
      answer,
      openedAt: clock.monotonic(),
      ended: new AbortController(),
      endSession: endOnce,
      release: async () => void (await endOnce()),
      underWay: 0,
      idleTimer: null,
      trouble: null,
    }
  }

  return {
    /** null: there is no such stream. */
    prepare: async (
      wish: StreamWish,
      signal: AbortSignal = new AbortController().signal,
    ): Promise<{ readonly iceServers: IceServer[]; readonly why: PictureReason | null } | null> => {
      const found = lookUp(wish)
      if (found === null) return null
      if (found.why !== null) return { iceServers: [], why: found.why }
      const asked = await endpoint.options({ access: found.access, path: wish.path, use: 'whep' }, signal)
      return asked.ok ? { iceServers: [...asked.value.iceServers], why: null } : { iceServers: [], why: asked.error.why }
    },
    watch: async (
      { offer, ...wish }: PictureWish & { readonly offer: string },
      signal: AbortSignal = new AbortController().signal,
    ): Promise<WebrtcWatched | null> => {
      const without = (why: PictureReason): WebrtcWatched => {
        if (why.kind !== 'onDemand') pictures.failed(wish, 'webrtc', why)
        return { previewId: null, answer: null, why }
      }
      const found = lookUp(wish)
      if (found === null) return null
      if (found.why !== null) return without(found.why)
      const sent = { sdp: offer, query: `mtxdeck=${tag}`, userAgent: `mtxdeck/${version}` }
      const answered = await endpoint.offer({ access: found.access, path: wish.path, use: 'whep' }, sent, signal)
      if (!answered.ok) return without(answered.error.why)
      const { session, answer } = answered.value
      pictures.makeRoom(wish)
      const picture = pictureOf(wish, session, answer)
      pictures.add(picture)
      // Whoever asked has gone, and would never close it.
      if (signal.aborted) pictures.end(picture, 'closed')
      return { previewId: picture.previewId, answer, why: null }
    },
    /** Closes a picture that did not come; why not. */
    giveUp: async ({
      previewId,
      saw,
      besideConsole,
    }: {
      readonly previewId: string
      readonly saw: WebrtcEnd
      readonly besideConsole: boolean
    }): Promise<PictureReason> => {
      const picture = pictures.get(previewId)
      if (picture?.by !== 'webrtc') return { kind: pictures.whyGone(previewId) }
      const { session, answer } = picture
      const stream = streamOf(session.serverId, session.path)
      const left = await picture.endSession()
      const whyNot = (): PictureReason => {
        if (saw === 'notConnected') {
          const desk = besideConsole ? { networks: deps.networks(), besideServer: isLoopback(new URL(session.endpoint ?? 'http://none').hostname) } : null
          return iceVerdict(iceCandidatesOf(answer), desk)
        }
        const codec = left === 'gone' && saw === 'noFrames' ? reordered(stream) : null
        if (codec !== null) return { kind: 'bFrames', codec }
        return { kind: saw === 'noFrames' ? 'webrtcNoFrames' : 'webrtcBroke' }
      }
      const why = whyNot()
      pictures.end(picture, 'failed', why)
      return why
    },
  }
}
export type WebrtcPictures = ReturnType<typeof createWebrtcPictures>

/** The codec of video that may have B-frames; null: it has none. Baseline knows none. */
function reordered(stream: Stream | null): string | null {
  return stream?.tracks.find(({ codec, profile }) => codec === 'H265' || (codec === 'H264' && !/baseline/i.test(profile ?? '')))?.codec ?? null
}
