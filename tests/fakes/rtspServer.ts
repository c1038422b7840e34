import { createHash } from 'node:crypto'
import { createServer, type Socket } from 'node:net'

export interface RtspServerOptions {
  /** An MPEG-TS file that is sent over and over; null: PLAY is answered and nothing comes. */
  readonly clip: Uint8Array | null
  /** It is sent only once, and then nothing more comes. */
  readonly once?: boolean
  /** It is sent as fast as it plays, this many ms; by default as fast as it is read. */
  readonly lastsMs?: number
  /** `user:password` that is asked for: by Basic, or with `digest` by Digest (RFC 2069, MD5). */
  readonly credentials?: string
  readonly digest?: boolean
  /** What happens with a request for a path; by default it is served. */
  readonly onDescribe?: (path: string) => 'serve' | 'notFound' | 'notConfigured' | 'silence'
}

/** What was asked of it, in order. */
export interface RtspAsked {
  readonly method: string
  /** As it came: with the query, and without user and password. */
  readonly url: string
  readonly authorization: string | null
  readonly userAgent: string | null
}

export interface RtspServer {
  readonly url: string
  readonly asked: () => readonly RtspAsked[]
  /** Connections that are open now, and the most that ever were. */
  readonly open: () => number
  readonly most: () => number
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const packetBytes = 7 * 188

const nonce = 'b5d1c0ffee'
const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
function isSignedIn(credentials: string, digest: boolean, method: string, authorization: string | null): boolean {
  if (!digest) return authorization === `Basic ${btoa(credentials)}`
  const said = (name: string) => new RegExp(`[ ,]${name}="([^"]*)"`).exec(authorization ?? '')?.[1] ?? ''
  const [user = '', ...password] = credentials.split(':')
  const secret = md5(`${user}:fake:${password.join(':')}`)
  return said('username') === user && said('response') === md5(`${secret}:${nonce}:${md5(`${method}:${said('uri')}`)}`)
}

/** RTSP over TCP (RFC 2326, interleaved) that sends MPEG-TS in RTP (RFC 2250, type 33): enough for a reader of one picture. */
export async function startRtspServer(options: RtspServerOptions): Promise<RtspServer> {
  const asked: RtspAsked[] = []
  const sockets = new Set<Socket>()
  let most = 0
  const feed = (socket: Socket) => {
    const { clip } = options
    if (clip === null) return
    let at = 0
    let sequence = 0
    const beganAt = performance.now()
    const step = () => {
      if (socket.destroyed || (options.once && sequence > 0 && at === 0)) return
      const chunk = clip.subarray(at, at + packetBytes)
      at = at + packetBytes >= clip.length ? 0 : at + packetBytes
      const packet = Buffer.alloc(16 + chunk.length)
      packet.writeUInt8(0x24, 0)
      packet.writeUInt16BE(12 + chunk.length, 2)
      packet.writeUInt8(0x80, 4)
      packet.writeUInt8(33, 5)
      packet.writeUInt16BE(sequence++ & 0xffff, 6)
      packet.writeUInt32BE((sequence * 900) >>> 0, 8)
      packet.writeUInt32BE(0x6d747864, 12)
      packet.set(chunk, 16)
      const aheadMs = options.lastsMs === undefined ? 0 : ((sequence * packetBytes) / clip.length) * options.lastsMs - (performance.now() - beganAt)
      const isTaken = socket.write(packet)
      if (aheadMs > 0) setTimeout(step, aheadMs)
      else if (isTaken) setImmediate(step)
      else socket.once('drain', step)
    }
    step()
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    most = Math.max(most, sockets.size)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    let text = ''
    const answer = (request: string) => {
      const [first = '', ...lines] = request.split('\r\n')
      const [method = '', url = ''] = first.split(' ')
      const header = (name: string) =>
        lines
          .find((line) => line.toLowerCase().startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trim() ?? null
      asked.push({ method, url, authorization: header('authorization'), userAgent: header('user-agent') })
      const say = (status: string, headers: readonly string[] = [], body = '') =>
        socket.write([`RTSP/1.0 ${status}`, `CSeq: ${header('cseq')}`, ...headers, `Content-Length: ${body.length}`, '', body].join('\r\n'))
      if (method === 'OPTIONS') return say('200 OK', ['Public: DESCRIBE, SETUP, PLAY, TEARDOWN'])
      if (options.credentials !== undefined && !isSignedIn(options.credentials, options.digest ?? false, method, header('authorization')))
        return say('401 Unauthorized', [`WWW-Authenticate: ${options.digest ? `Digest realm="fake", nonce="${nonce}"` : 'Basic realm="fake"'}`])
      if (method === 'DESCRIBE') {
        const does = options.onDescribe?.(new URL(url).pathname) ?? 'serve'
        if (does === 'silence') return
        if (does === 'notFound') return say('404 Not Found')
        if (does === 'notConfigured') return say('400 Bad Request')
        const sdp = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=fake', 'c=IN IP4 0.0.0.0', 't=0 0', 'm=video 0 RTP/AVP 33', 'a=control:trackID=0', ''].join('\r\n')
        return say('200 OK', ['Content-Type: application/sdp', `Content-Base: ${url}/`], sdp)
      }
      if (method === 'SETUP') return say('200 OK', ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1', 'Session: 1'])
      say('200 OK', ['Session: 1'])
      if (method === 'PLAY') feed(socket)
    }
    socket.on('data', (chunk) => {
      // Receiver reports come interleaved, too: they start with "$" and are of no interest.
      text += chunk.toString('latin1')
      for (;;) {
        if (text.startsWith('$')) {
          const length = text.length < 4 ? Number.POSITIVE_INFINITY : 4 + text.charCodeAt(2) * 256 + text.charCodeAt(3)
          if (text.length < length) return
          text = text.slice(length)
          continue
        }
        const end = text.indexOf('\r\n\r\n')
        if (end < 0) return
        const request = text.slice(0, end)
        text = text.slice(end + 4)
        answer(request)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `rtsp://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    asked: () => asked,
    open: () => sockets.size,
    most: () => most,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
