import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { hash32 } from '../clock/every.ts'
import type { DemoPath } from './demoPaths.ts'
import { type DemoServer, type EndpointHandler, notFound } from './demoServer.ts'

const listedSegments = 7
const mostPlaybackMs = 86_400_000

const multivariant = (query: string) => `#EXTM3U
#EXT-X-VERSION:10
#EXT-X-INDEPENDENT-SEGMENTS

#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio2",AUTOSELECT=YES,DEFAULT=YES,URI="audio2_stream.m3u8${query}"

#EXT-X-STREAM-INF:BANDWIDTH=1255764,AVERAGE-BANDWIDTH=808606,CODECS="avc1.42c01e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=25.000,AUDIO="audio"
video1_stream.m3u8${query}
`

function cookie({ headers }: IncomingMessage, name: string): string | undefined {
  const pairs = (headers.cookie ?? '').split(/;\s*/)
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}

/**
 * A server's HLS listener, as MediaMTX implements it: a multivariant playlist, one rendition of video and one of
 * audio, a session (a reader!) for each fetch of `index.m3u8`, kept 36 s after the last request. From 1.18
 * on the first request is sent round through `?cookieCheck=1`, and children without their session get 401.
 */
export function createDemoHls(server: DemoServer): EndpointHandler {
  const { clock, model } = server
  /** Sequence numbers count from here, so that times in segments stay small. */
  const epoch = clock.now()
  /** Sequence number of the segment that is not there yet. */
  const nextOf = ({ stalledAt }: DemoPath) => Math.floor(((stalledAt ?? clock.now()) - epoch) / segmentMs) + listedSegments
  /** The session of a viewer of this listener. */
  const sessionOf = (path: DemoPath, id: string) => {
    const session = model.sessions('hlsSession').get(id)
    return session?.path === path && session.lastRequest !== null ? session : undefined
  }
  const playlist = (from: number, prefix: string, query: string) => {
    const lines = Array.from({ length: listedSegments }, (_, index) => [
      `#EXT-X-PROGRAM-DATE-TIME:${new Date(epoch + (from + index - listedSegments) * segmentMs).toISOString()}`,
      `#EXTINF:${(segmentMs / 1_000).toFixed(5)},`,
      `${prefix}seg${from + index}.mp4${query}`,
    ])
    const head = ['#EXTM3U', '#EXT-X-VERSION:10', '#EXT-X-TARGETDURATION:2', `#EXT-X-MEDIA-SEQUENCE:${from}`, `#EXT-X-MAP:URI="${prefix}init.mp4${query}"`]
    return `${[...head, ...lines.flat()].join('\n')}\n`
  }

  const answerIndex = (request: IncomingMessage, response: ServerResponse, url: URL, path: DemoPath | undefined, withSessions: boolean) => {
    const query = new URLSearchParams(url.search)
    if (withSessions && query.get('cookieCheck') === null) {
      query.set('cookieCheck', '1')
      const more = { Location: `${url.pathname}?${query}`, 'Set-Cookie': 'cookieCheck=1; HttpOnly; Secure; SameSite=None; Partitioned' }
      return server.send(response, { status: 302, type: null, body: '' }, more)
    }
    if (!path || (path.since === null && path.mode !== 'onDemand')) return server.send(response, notFound)
    query.delete('cookieCheck')
    const { remoteAddress = '', remotePort = 0 } = request.socket
    const viewer = { query: query.toString(), userAgent: request.headers['user-agent'] ?? '', remoteAddr: `${remoteAddress}:${remotePort}` }
    const session = (withSessions && sessionOf(path, cookie(request, 'hlsSession') ?? '')) || model.hlsViewer(path, viewer)
    const body = multivariant(withSessions ? `?session=${session.id}` : url.search)
    model.hlsServed(withSessions ? session : null, path, body.length)
    const given = withSessions && cookie(request, 'cookieCheck') !== undefined
    server.send(
      response,
      { status: 200, type: 'application/vnd.apple.mpegurl', body },
      given && { 'Set-Cookie': `hlsSession=${session.id}; HttpOnly; SameSite=Lax` },
    )
  }

  return (_, request, response, url) => {
    const missing = () => server.send(response, notFound)
    const cut = url.pathname.lastIndexOf('/')
    const name = decodeURIComponent(url.pathname.slice(1, Math.max(1, cut)))
    const file = url.pathname.slice(cut + 1)
    model.settle()
    const withSessions = model.minor >= 18
    const path = model.paths.get(name)
    if (file === 'index.m3u8') return answerIndex(request, response, url, path, withSessions)
    // The page with the player is served to anyone who may read, whether or not the path is live.
    if (file === '') return server.send(response, { status: 200, type: 'text/html', body: '<!DOCTYPE html><title>mtxdeck demo</title>' })
    if (!path || path.since === null) return missing()
    const asked = url.searchParams.get('session') ?? cookie(request, 'hlsSession') ?? ''
    const session = withSessions ? sessionOf(path, asked) : null
    if (session === undefined) return server.send(response, server.fail(401, 'authentication error'))
    const [, prefix = '', part, segment] = /^(video1_|audio2_)(stream\.m3u8|init\.mp4|seg(\d+)\.mp4)$/.exec(file) ?? []
    const next = nextOf(path)
    const reply = (type: string, body: string | Buffer) => {
      model.hlsServed(session, path, body.length)
      server.send(response, { status: 200, type, body })
    }
    if (part === 'stream.m3u8')
      return reply('application/vnd.apple.mpegurl', playlist(next - listedSegments, prefix, withSessions ? `?session=${asked}` : url.search))
    // Two segments more than are listed: a player may be a little late.
    if (part === undefined || Number(segment) >= next || Number(segment) < next - listedSegments - 2) return missing()
    void clipOf(name, path.live ? (path.pictureFrozen ? 'still' : 'moving') : 'slate').then((clip) => {
      const rendition = prefix === 'video1_' ? clip.video : clip.audio
      reply('video/mp4', segment === undefined ? rendition.init : segmentAt(rendition, Number(segment)))
    })
  }
}

/** Plays a recording as MediaMTX does: `GET /get?path=…&start=…&duration=…`, without ranges. What was recorded is the stream's clip, without its sound. */
export async function answerPlayback(server: DemoServer, { searchParams }: URL, response: ServerResponse): Promise<void> {
  const refuse = (status: number, why: string) => server.send(response, server.fail(status, why))
  const [name, start, duration] = [searchParams.get('path') ?? '', Date.parse(searchParams.get('start') ?? ''), Number(searchParams.get('duration')) * 1_000]
  if (Number.isNaN(start)) return refuse(400, 'invalid start')
  if (!(duration > 0 && duration <= mostPlaybackMs)) return refuse(400, 'invalid duration')
  const path = server.model.paths.get(name)
  const now = server.clock.now()
  const at = start - (server.options.clockSkewMs ?? 0)
  const [first = Number.POSITIVE_INFINITY] = path?.segmentStarts(now) ?? []
  if (at < first || !path?.recordings.some(({ from, to }) => at >= from && at < (to ?? now))) return refuse(404, 'no recording segments found')
  const { video } = await clipOf(name, 'moving')
  response.writeHead(200, { 'content-type': 'video/mp4', 'accept-ranges': 'none' })
  const parts = Math.ceil(Math.min(duration, now - at) / segmentMs)
  await pipeline(function* () {
    yield video.init
    for (let sequence = 0; sequence < parts; sequence++) yield segmentAt(video, sequence)
  }, response)
}
interface Rendition {
  readonly init: Buffer
  readonly segments: readonly string[]
  /** Length of every segment in the rendition's own time scale. */
  readonly ticks: bigint
}
/** Length of every segment, ms: 40 pictures at 25/s, and 75 blocks of 1,024 samples at 48 kHz. */
const segmentMs = 1_600
/**
 * The clip of a stream, which any number of playlists can repeat without end and without a seam. One of four, so that they can be told apart on a wall;
 * the fifth is the slate. They were recorded by FFmpeg (640×360, H.264 baseline without B-frames, each segment begins with a key frame; AAC).
 * `still`: its picture does not change.
 */
async function clipOf(stream: string, look: 'moving' | 'still' | 'slate') {
  const { default: recorded } = await import('./demoClips.json', { with: { type: 'json' } })
  const bytes = (text: string) => Buffer.from(text, 'base64')
  const { moving = [], still = '' } = recorded.video.clips[look === 'slate' ? 4 : hash32(stream) % 4] ?? {}
  const video: Rendition = { init: bytes(recorded.video.init), segments: look === 'still' ? [still] : moving, ticks: 20480n }
  const audio: Rendition = { init: bytes(recorded.audio.init), segments: recorded.audio.segments, ticks: 76800n }
  return { video, audio }
}
/** The segment with this sequence number, with its time (`baseMediaDecodeTime` of its `tfdt`, version 1) set to it. */
function segmentAt({ segments, ticks }: Rendition, sequence: number): Buffer {
  const moved = Buffer.from(segments[sequence % segments.length] ?? '', 'base64')
  moved.writeBigUInt64BE(BigInt(sequence) * ticks, moved.indexOf('tfdt', 0, 'latin1') + 8)
  return moved
}
