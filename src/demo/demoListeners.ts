import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import querystring from 'node:querystring'
import type { DemoModel } from './demoModel.ts'
import type { DemoPath } from './demoPaths.ts'

// The media listeners, as far as they work without media: RTSP describes streams, RTMP accepts connections, and SRT
// answers the first half of its handshake. No MediaMTX answers 501, so the demo is not mistaken for a server whose media does not get through.

export interface DemoMediaPorts {
  readonly rtsp: number | null
  readonly rtmp: number | null
  readonly srt: number | null
}

/** Media lines of an SDP (RFC 8866) by the name that MediaMTX has for the codec. */
const rtpmaps: Readonly<Record<string, string>> = {
  ...{ AV1: 'AV1/90000', H264: 'H264/90000', H265: 'H265/90000' },
  ...{ Opus: 'opus/48000/2', 'MPEG-4 Audio': 'mpeg4-generic/48000/2', G711: 'PCMA/8000' },
}

function sdpOf({ name, tracks }: DemoPath): string {
  const media = (JSON.parse(tracks.labels) as readonly string[]).flatMap((codec, track) => {
    const map = rtpmaps[codec] ?? ''
    const kind = map.endsWith('/90000') ? 'video' : 'audio'
    return [`m=${kind} 0 RTP/AVP ${96 + track}`, `a=rtpmap:${96 + track} ${map}`, `a=control:trackID=${track}`]
  })
  return [...['v=0', 'o=- 0 0 IN IP4 127.0.0.1', `s=${name}`, 'c=IN IP4 0.0.0.0', 't=0 0'], ...media, ''].join('\r\n')
}

function answerRtsp(model: DemoModel, head: string): string {
  const [, method = '', url = ''] = /^(\S+) (\S+)/.exec(head) ?? []
  const [, sequence = '0'] = /^cseq:\s*(\d+)/im.exec(head) ?? []
  const reply = (status: string, more: readonly string[] = [], body = '') =>
    [`RTSP/1.0 ${status}`, `CSeq: ${sequence}`, 'Server: gortsplib', ...more, '', body].join('\r\n')
  if (method === 'OPTIONS') return reply('200 OK', ['Public: DESCRIBE, ANNOUNCE, SETUP, PLAY, RECORD, PAUSE, GET_PARAMETER, TEARDOWN'])
  if (method !== 'DESCRIBE') return reply('501 Not Implemented')
  model.settle()
  const name = (URL.parse(url)?.pathname ?? '').replace(/^\/+|\/+$/g, '')
  // `unescape` never throws, whatever is asked for.
  const path = model.paths.get(querystring.unescape(name))
  if (path === undefined || path.since === null) return reply('404 Not Found')
  const body = sdpOf(path)
  return reply('200 OK', [`Content-Base: ${url.replace(/\?.*$/, '')}/`, 'Content-Type: application/sdp', `Content-Length: ${Buffer.byteLength(body)}`], body)
}

function serveRtsp(model: DemoModel, socket: Socket): void {
  let asked = ''
  socket.on('data', (chunk) => {
    const heads = (asked + chunk.toString('latin1')).split('\r\n\r\n')
    asked = heads.pop() ?? ''
    for (const head of heads) socket.write(answerRtsp(model, head))
    if (asked.length > 16_384) socket.destroy()
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

/** Opens those that are wanted, at the ports that they had before (0: at any), and closes them with `opened`. */
export async function openListeners(opened: AsyncDisposableStack, model: DemoModel, wanted: DemoMediaPorts): Promise<DemoMediaPorts> {
  const tcp = async (port: number | null, serve: (socket: Socket) => void) => {
    if (port === null) return null
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => void sockets.delete(socket))
      serve(socket)
    })
    await once(server.listen(port, '127.0.0.1'), 'listening')
    opened.use(server)
    opened.defer(() => {
      for (const socket of sockets) socket.destroy()
    })
    return (server.address() as AddressInfo).port
  }
  const udp = async (port: number | null) => {
    if (port === null) return null
    const socket = createSocket('udp4', (request, from) => {
      const reply = answerSrt(request)
      if (reply !== null) socket.send(reply, from.port, from.address)
    })
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening')
    opened.use(socket.on('error', () => {}))
    return socket.address().port
  }
  const rtsp = await tcp(wanted.rtsp, (socket) => serveRtsp(model, socket))
  // Its handshake is never answered: there is no media server behind it.
  const rtmp = await tcp(wanted.rtmp, (socket) => socket.on('data', () => socket.destroy()))
  return { rtsp, rtmp, srt: await udp(wanted.srt) }
}
