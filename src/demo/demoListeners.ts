import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { DemoModel } from './demoModel.ts'
import type { DemoPath } from './demoPaths.ts'

// The media listeners, as far as they work without media: RTSP describes streams, RTMP accepts connections, and SRT
// answers the first half of its handshake. No MediaMTX answers 501, so the demo is not mistaken for a server whose media does not get through.

/** Ports of the listeners; null: that protocol is off. */
export interface DemoMediaPorts {
  readonly rtsp: number | null
  readonly rtmp: number | null
  readonly srt: number | null
}
export type DemoListeners = Awaited<ReturnType<typeof openListeners>>

const longestRequest = 16 * 1024

/** Media lines of an SDP (RFC 8866) by the name that MediaMTX has for the codec. */
const mediaOf: Readonly<Record<string, readonly [kind: 'video' | 'audio', format: string]>> = {
  AV1: ['video', 'AV1/90000'],
  VP8: ['video', 'VP8/90000'],
  H264: ['video', 'H264/90000'],
  H265: ['video', 'H265/90000'],
  'M-JPEG': ['video', 'JPEG/90000'],
  'MPEG-1/2 Video': ['video', 'MPV/90000'],
  Opus: ['audio', 'opus/48000/2'],
  'MPEG-4 Audio': ['audio', 'mpeg4-generic/48000/2'],
  'MPEG-1/2 Audio': ['audio', 'MPA/90000'],
  G711: ['audio', 'PCMA/8000'],
  FLAC: ['audio', 'FLAC/48000/2'],
  LPCM: ['audio', 'L16/48000/2'],
}

function sdpOf({ name, tracks }: Pick<DemoPath, 'name' | 'tracks'>): string {
  const media = (JSON.parse(tracks.labels) as readonly string[]).flatMap((codec, track) => {
    const known = mediaOf[codec]
    return known === undefined ? [] : [`m=${known[0]} 0 RTP/AVP ${96 + track}`, `a=rtpmap:${96 + track} ${known[1]}`, `a=control:trackID=${track}`]
  })
  return [...['v=0', 'o=- 0 0 IN IP4 127.0.0.1', `s=${name}`, 'c=IN IP4 0.0.0.0', 't=0 0'], ...media, ''].join('\r\n')
}

const methods = 'DESCRIBE, ANNOUNCE, SETUP, PLAY, RECORD, PAUSE, GET_PARAMETER, TEARDOWN'

function answerRtsp(model: DemoModel, head: string): string {
  const [first = '', ...lines] = head.split('\r\n')
  const [method = '', url = ''] = first.split(' ')
  const sequence =
    lines
      .find((line) => /^cseq:/i.test(line))
      ?.slice(5)
      .trim() ?? '0'
  const reply = (status: string, more: readonly string[] = [], body = '') =>
    [`RTSP/1.0 ${status}`, `CSeq: ${sequence}`, 'Server: gortsplib', ...more, '', body].join('\r\n')
  if (method === 'OPTIONS') return reply('200 OK', [`Public: ${methods}`])
  if (method !== 'DESCRIBE') return reply('501 Not Implemented')
  const asked = URL.parse(url)
  model.settle()
  const path = asked === null ? undefined : model.paths.get(decodeURIComponent(asked.pathname.replace(/^\/+|\/+$/g, '')))
  if (path === undefined || path.since === null) return reply('404 Not Found')
  const body = sdpOf(path)
  return reply('200 OK', [`Content-Base: ${url.replace(/\?.*$/, '')}/`, 'Content-Type: application/sdp', `Content-Length: ${Buffer.byteLength(body)}`], body)
}

function serveRtsp(model: DemoModel, socket: Socket): void {
  let asked = ''
  socket.on('data', (chunk) => {
    asked += chunk.toString('latin1')
    for (let end = asked.indexOf('\r\n\r\n'); end >= 0; end = asked.indexOf('\r\n\r\n')) {
      const head = asked.slice(0, end)
      asked = asked.slice(end + 4)
      try {
        socket.write(answerRtsp(model, head))
      } catch {
        // Not a valid address.
        socket.destroy()
      }
    }
    if (asked.length > longestRequest) socket.destroy()
  })
}

/** A listener's answer to the induction request of SRT's handshake (draft-sharabayko-srt, section 4.3.1.1); null: not such a request. */
function answerSrt(request: Buffer): Buffer | null {
  if (request.length < 64 || request.readUInt16BE(0) !== 0x8000 || request.readUInt32BE(36) !== 1) return null
  const reply = Buffer.from(request)
  reply.writeUInt32BE(request.readUInt32BE(40), 12)
  reply.writeUInt32BE(5, 16)
  reply.writeUInt16BE(0x4a17, 22)
  reply.writeUInt32BE(0xc00c1e, 44)
  return reply
}

async function listenTcp(port: number, serve: (socket: Socket) => void): Promise<{ readonly server: Server; readonly sockets: Set<Socket> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => void sockets.delete(socket))
    serve(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return { server, sockets }
}

async function listenUdp(port: number): Promise<DatagramSocket> {
  const socket = createSocket('udp4')
  socket.on('message', (request, from) => {
    const reply = answerSrt(request)
    if (reply !== null) socket.send(reply, from.port, from.address)
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, '127.0.0.1', resolve)
  })
  socket.removeAllListeners('error').on('error', () => {})
  return socket
}

/** Opens those that are wanted, at the ports that they had before (0: at any). */
export async function openListeners(model: DemoModel, wanted: DemoMediaPorts) {
  await using opened = new AsyncDisposableStack()
  const tcp = async (port: number | null, serve: (socket: Socket) => void) => {
    if (port === null) return null
    const { server, sockets } = await listenTcp(port, serve)
    opened.defer(
      () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          for (const socket of sockets) socket.destroy()
        }),
    )
    return (server.address() as AddressInfo).port
  }
  const rtsp = await tcp(wanted.rtsp, (socket) => serveRtsp(model, socket))
  // Its handshake is never answered: there is no media server behind it.
  const rtmp = await tcp(wanted.rtmp, (socket) => socket.on('data', () => socket.destroy()))
  const datagrams = wanted.srt === null ? null : await listenUdp(wanted.srt)
  if (datagrams !== null) opened.defer(() => new Promise<void>((resolve) => datagrams.close(() => resolve())))
  const owned = opened.move()
  const ports: DemoMediaPorts = { rtsp, rtmp, srt: datagrams?.address().port ?? null }
  return { ports, close: () => owned.disposeAsync() }
}
