import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../clock/clock.ts'
import type { ClipSource } from './demoClips.ts'
import type { DemoModel } from './demoModel.ts'
import { type DemoPath, type DemoSession, hlsSessionMs, minorOf } from './demoPaths.ts'

const listedSegments = 7

/** The first frames of a track fragment, in its own ticks: offset of `baseMediaDecodeTime` (version 1) in a segment, -1 where there is none. */
function decodeTimeOffset(segment: Buffer): number {
  const at = segment.indexOf('tfdt', 0, 'latin1')
  return at < 0 || segment[at + 4] !== 1 ? -1 : at + 8
}

/** The segment with its times moved on by whole turns of the clip, so that it plays on without a seam. */
export function inTurn(segments: readonly Buffer[], sequence: number): Buffer {
  const index = sequence % segments.length
  const segment = segments[index]
  const second = segments[1]
  const first = segments[0]
  if (!segment || !first || !second) throw new Error('an empty clip')
  const at = decodeTimeOffset(segment)
  const step = second.readBigUInt64BE(decodeTimeOffset(second)) - first.readBigUInt64BE(decodeTimeOffset(first))
  const moved = Buffer.from(segment)
  moved.writeBigUInt64BE(segment.readBigUInt64BE(at) + BigInt(sequence - index) * step, at)
  return moved
}

/**
 * A server's HLS listener, as MediaMTX implements it: a multivariant playlist, one rendition of video and one of
 * audio, a session (a reader!) for each fetch of `index.m3u8`, kept 36 s after the last request. From 1.18
 * on the first request is sent round through `?cookieCheck=1`, and children without their session get 401.
 */
export function createDemoHls(deps: {
  readonly clock: Clock
  readonly model: DemoModel
  readonly clips: ClipSource
  readonly secure: boolean
  readonly onBytes: (bytes: number) => void
}): (request: IncomingMessage, response: ServerResponse) => void {
  const { clock, model, clips } = deps
  const sessions = new Map<string, { readonly session: DemoSession; readonly path: DemoPath }>()
  /** Sequence numbers count from here, so that times in segments stay small. */
  const epoch = clock.now()
  /** Media sequence number at which the playlist of a stalled path stays. */
  const stands = new Map<DemoPath, number>()

  const send = (
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    type: string | null,
    body: string | Buffer,
    more: Record<string, string | string[]> = {},
  ) => {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    const version = minorOf(model.version())
    deps.onBytes(bytes.length)
    response.writeHead(status, {
      ...(version >= 20 && request.headers.origin === 'null' ? {} : { 'Access-Control-Allow-Origin': '*' }),
      ...(version < 20 ? { 'Access-Control-Allow-Credentials': 'true' } : {}),
      ...(type === null ? {} : { 'Content-Type': type }),
      'Content-Length': bytes.length,
      Server: 'mediamtx',
      Date: new Date(clock.now()).toUTCString(),
      ...more,
    })
    response.end(request.method === 'HEAD' ? undefined : bytes)
  }
  const cookie = (request: IncomingMessage, name: string) =>
    (request.headers.cookie ?? '')
      .split(/;\s*/)
      .find((part) => part.startsWith(`${name}=`))
      ?.slice(name.length + 1) ?? null

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const missing = () => send(request, response, 404, 'text/plain', '404 page not found')
    if (request.method === 'OPTIONS')
      return send(request, response, 204, null, '', { 'Access-Control-Allow-Methods': 'OPTIONS, GET', 'Access-Control-Allow-Headers': 'Authorization, Range' })
    const url = new URL(request.url ?? '/', 'http://demo')
    const cut = url.pathname.lastIndexOf('/')
    const name = decodeURIComponent(url.pathname.slice(1, Math.max(1, cut)))
    const file = url.pathname.slice(cut + 1)
    const withSessions = minorOf(model.version()) >= 18
    model.settle()
    for (const [id, { session }] of sessions) if (session.lastRequest === null || clock.monotonic() - session.lastRequest >= hlsSessionMs) sessions.delete(id)
    const path = model.paths.get(name)

    if (file === 'index.m3u8') {
      const query = new URLSearchParams(url.search)
      if (withSessions && query.get('cookieCheck') === null) {
        query.set('cookieCheck', '1')
        return send(request, response, 302, null, '', {
          Location: `${url.pathname}?${query}`,
          'Set-Cookie': ['cookieCheck=1; HttpOnly; Secure; SameSite=None; Partitioned'],
        })
      }
      if (!path || (path.since === null && path.mode !== 'onDemand')) return missing()
      query.delete('cookieCheck')
      const viewer = {
        query: query.toString(),
        userAgent: request.headers['user-agent'] ?? '',
        remoteAddr: `${request.socket.remoteAddress ?? ''}:${request.socket.remotePort ?? 0}`,
      }
      const known = withSessions ? sessions.get(cookie(request, 'hlsSession') ?? '') : undefined
      const session = known?.path === path ? known.session : model.hlsViewer(path, viewer)
      sessions.set(session.id, { session, path })
      const given = withSessions ? `?session=${session.id}` : url.search
      const body = `#EXTM3U\n#EXT-X-VERSION:10\n#EXT-X-INDEPENDENT-SEGMENTS\n\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio2",AUTOSELECT=YES,DEFAULT=YES,URI="audio2_stream.m3u8${given}"\n\n#EXT-X-STREAM-INF:BANDWIDTH=1255764,AVERAGE-BANDWIDTH=808606,CODECS="avc1.42c01e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=25.000,AUDIO="audio"\nvideo1_stream.m3u8${given}\n`
      model.hlsServed(withSessions ? session : null, path, body.length)
      const cookies =
        withSessions && (cookie(request, 'cookieCheck') !== null || deps.secure)
          ? { 'Set-Cookie': [`hlsSession=${session.id}; HttpOnly; SameSite=${deps.secure ? 'None; Secure; Partitioned' : 'Lax'}`] }
          : {}
      return send(request, response, 200, 'application/vnd.apple.mpegurl', body, cookies)
    }

    // The page with the player is served to anyone who may read, whether or not the path is live.
    if (file === '') return send(request, response, 200, 'text/html', '<!DOCTYPE html><title>mtxdeck demo</title>')
    if (!path || path.since === null) return missing()
    const asked = url.searchParams.get('session') ?? cookie(request, 'hlsSession') ?? ''
    const entry = withSessions ? sessions.get(asked) : undefined
    if (withSessions && entry?.path !== path)
      return send(request, response, 401, 'application/json; charset=utf-8', '{"status":"error","error":"authentication error"}')
    const part = /^(?:(video1)|(audio2))_(stream\.m3u8|init\.mp4|seg(\d+)\.mp4)$/.exec(file)
    if (!part) return missing()
    const track = part[1] ? 'video' : 'audio'
    const clip = await clips.clip(path.live ? name : `${name} · slate`, path.live && path.pictureFrozen)
    const rendition = clip[track]
    const reply = (type: string, body: string | Buffer) => {
      model.hlsServed(entry?.session ?? null, path, body.length)
      send(request, response, 200, type, body)
    }
    const newest = () => {
      const now = Math.floor((clock.now() - epoch) / clip.segmentMs) + listedSegments
      if (!path.stalled) {
        stands.delete(path)
        return now
      }
      const stand = stands.get(path) ?? now
      stands.set(path, stand)
      return stand
    }
    if (part[3] === 'init.mp4') return reply('video/mp4', rendition.init)
    if (part[4] !== undefined) {
      const sequence = Number(part[4])
      // Two segments more than are listed: a player may be a little late.
      if (sequence >= newest() || sequence < newest() - listedSegments - 2) return missing()
      return reply('video/mp4', inTurn(rendition.segments, sequence))
    }
    const given = withSessions ? `?session=${asked}` : url.search
    const prefix = `${part[1] ?? part[2]}_`
    const from = newest() - listedSegments
    const lines = [
      '#EXTM3U',
      '#EXT-X-VERSION:10',
      `#EXT-X-TARGETDURATION:${Math.ceil(clip.segmentMs / 1_000)}`,
      `#EXT-X-MEDIA-SEQUENCE:${from}`,
      `#EXT-X-MAP:URI="${prefix}init.mp4${given}"`,
    ]
    for (let sequence = from; sequence < from + listedSegments; sequence++)
      lines.push(
        `#EXT-X-PROGRAM-DATE-TIME:${new Date(epoch + (sequence - listedSegments) * clip.segmentMs).toISOString()}`,
        `#EXTINF:${(clip.segmentMs / 1_000).toFixed(5)},`,
        `${prefix}seg${sequence}.mp4${given}`,
      )
    reply('application/vnd.apple.mpegurl', `${lines.join('\n')}\n`)
  }
  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) send(request, response, 500, 'text/plain', `the demo's clip could not be made: ${String(error)}`)
      else response.destroy()
    })
  }
}
