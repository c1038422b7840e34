import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, isIP, type Socket } from 'node:net'
import { createSystemClock, type Timer } from '../clock/clock.ts'
import { headersThrough } from '../shared/headers.ts'
import type { MediaError, MediaGate } from '../shared/media.ts'
import { connectBehind, connectionFault, connectTo, portOf, unreachable } from './connecting.ts'
import { addressesOf, type FoundAddress, reachableOf, type SourceAddress } from './sourceAddress.ts'

/** Paths of playlists, which FFmpeg refuses on the direct way. */
export const playlistPath = /\.m3u8?$/i

/** Host and port, after the scheme and any user and password, which may contain an @, too. */
const plainHostAndPort = /^(http:\/\/(?:[^/?#]*@)?)[^/?#@]+/i

/**
 * How FFmpeg reads a stream over HTTP without the proxy: by one connection to the address that was checked, whatever a second look-up of its name would say,
 * and to no other. Playlists and redirects can't be read so (see `mayNeedProxy`), nor can TLS, which needs the name. null: this stream can't be read directly.
 */
export function directWay({ source }: FoundAddress, address: string | null): SourceAddress | null {
  if (source.scheme !== 'http' || address === null || isIP(address) === 0) return null
  const { pathname, host, port } = new URL(source.url)
  if (playlistPath.test(pathname)) return null
  // Even if the host is an address already: FFmpeg may parse the same text differently.
  const checked = `${isIP(address) === 6 ? `[${address}]` : address}${port === '' ? '' : `:${port}`}`
  return { ...source, url: source.url.replace(plainHostAndPort, (_, before: string) => before + checked), direct: { host } }
}

/** Whether a direct read may have failed because the stream is a playlist or a redirect: FFmpeg's error does not tell. */
export function mayNeedProxy(error: MediaError): boolean {
  return error.kind === 'undecodable' || (error.kind === 'unreachable' && error.doing === 'opening')
}

/**
 * Proxy between FFmpeg and a stream over HTTP. FFmpeg follows redirects and playlist entries by itself, wherever they lead, so all of its connections go
 * through a proxy that resolves the name and connects only to addresses that it has checked. It also aborts playlists that name thousands of others, which
 * would exhaust memory (except over TLS, which it can't inspect: `startParallelMeasurement` covers that). At an endpoint behind a gate it adds what the gate wants.
 */
export interface CheckedWay {
  /** Address for FFmpeg to read instead of the original one. */
  readonly source: SourceAddress
  /** Replaces an error of FFmpeg by the actual cause, if only the proxy knows it. */
  readonly explain: (error: MediaError) => MediaError
  /** Closes all connections and the proxy. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Maximum bytes of a request head. FFmpeg's are below 4 kB. */
const longestHead = 16_384
/** Maximum number of concurrent connections of one stream: playlists of video, audio and subtitles, their segments and keys. */
const mostConnections = 32

/** How long after a request data is passed on immediately, ms. */
const freeMs = 2_000
/** Pause between reads after that, ms. Incoming data meanwhile waits in the socket. */
const restMs = 300
/** If this many bytes were read at once, more are assumed to be waiting, so there is no pause. */
const longestBurst = 1_000_000
/** Size of a connection's reused read buffer; Node would allocate four times as much for each read. */
const readBytes = 16_384
const clock = createSystemClock()

const hasProxy: ReadonlySet<string> = new Set(['http', 'https'])
const hint = { forbidden: 'HTTP/1.1 403 Forbidden', unreachable: 'HTTP/1.1 502 Bad Gateway', unreadable: 'HTTP/1.1 400 Bad Request' } as const

/** The parts of a request that are needed to forward it. */
interface Target {
  readonly isTunnel: boolean
  readonly host: string
  readonly port: number
  /** The request head sent to the server; empty for a tunnel. */
  readonly head: string
}

/** The endpoint behind a gate. FFmpeg asks for it in clear, with a ticket that no other program of this machine has; TLS is ours. */
interface GatedEndpoint {
  readonly gate: MediaGate
  readonly ticket: string
  readonly isSecure: boolean
  readonly at: string
}
const ticketHeader = 'x-mtxdeck-ticket'

function gatedEndpoint({ source: { url: text, host } }: FoundAddress, gate: MediaGate): GatedEndpoint {
  const url = new URL(text)
  return { gate, ticket: randomUUID(), isSecure: url.protocol === 'https:', at: `${host}:${portOf(url)}` }
}

const hostAndPort = /^https(:\/\/(?:[^/?#]*@)?)(\[[^\]]*\]|[^/?#:@]+)(:\d+)?/i
/** The address at which FFmpeg asks for it. */
function clearAddress({ source }: FoundAddress, { ticket }: GatedEndpoint): SourceAddress {
  return {
    ...source,
    url: source.url.replace(hostAndPort, (_, before, host, port = ':443') => `http${before}${host}${port}`),
    header: `${ticketHeader}: ${ticket}`,
  }
}

/** The head of FFmpeg's request with what the gate wants; null: it has no ticket. */
function headBehind({ gate, ticket }: GatedEndpoint, head: string): string | null {
  const [line = '', ...lines] = head.trimEnd().split('\r\n')
  const { [ticketHeader]: shown, ...own } = Object.fromEntries(
    lines.map((each) => [each.slice(0, each.indexOf(':')).toLowerCase(), each.slice(each.indexOf(':') + 1).trim()]),
  )
  if (shown !== ticket) return null
  const headers = Object.entries(headersThrough(gate, own)).map(([name, value]) => `${name}: ${value}`)
  return `${[line, ...headers].join('\r\n')}\r\n\r\n`
}

/** Starts a proxy for HTTP streams. Other streams need none: FFmpeg opens only their own address. */
export async function openCheckedWay(found: FoundAddress, gate: MediaGate | null = null): Promise<CheckedWay> {
  if (!hasProxy.has(found.source.scheme)) return { source: found.source, explain: (error) => error, [Symbol.asyncDispose]: async () => {} }
  /** Error of the last connection that failed; a refused address is kept. */
  let fault: MediaError | null = null
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
  }
  const end = () => {
    for (const socket of sockets) socket.destroy()
  }
  const endpoint = gate && gatedEndpoint(found, gate)
  const server = createServer({ noDelay: true }, (client) => {
    if (sockets.size >= 2 * mostConnections || fault?.kind === 'undecodable') return void client.destroy()
    keep(client)
    passOn(client, found, endpoint, keep, (failed) => {
      if (failed.kind === 'undecodable') end()
      // A refused address says more than an unreachable one.
      if (fault?.kind !== 'refusedAddress') fault = failed
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    source: { ...(endpoint === null ? found.source : clearAddress(found, endpoint)), proxy: `http://127.0.0.1:${port}` },
    explain: (error) =>
      fault !== null && (fault.kind === error.kind || fault.kind === 'refusedAddress' || fault.kind === 'undecodable') && error.kind !== 'cancelled'
        ? fault
        : error,
    [Symbol.asyncDispose]: async () => {
      end()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Serves one connection of FFmpeg: a tunnel, or sequential requests to one server. */
function passOn(
  client: Socket,
  found: FoundAddress,
  endpoint: GatedEndpoint | null,
  keep: (socket: Socket) => void,
  onFault: (fault: MediaError) => void,
): void {
  let head = Buffer.alloc(0)
  let upstream: { readonly socket: Socket; readonly to: string; readonly asked: () => void } | null = null
  const refuse = (how: keyof typeof hint, fault: MediaError | null) => {
    if (fault !== null) onFault(fault)
    client.end(`${hint[how]}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
  }
  const connect = async (target: Target) => {
    const looked = await addressesOf(target.host)
    if (!looked.ok) return refuse('forbidden', { kind: 'refusedAddress', because: looked.error })
    if (looked.value.length === 0) return refuse('unreachable', unreachable({ kind: 'nameNotFound' }))
    const reachable = reachableOf(found, target.host, looked.value)
    if (reachable === null) return refuse('forbidden', { kind: 'refusedAddress', because: 'leadsInside' })
    if (client.destroyed) return
    const way = flow(client, target.isTunnel ? null : () => onFault({ kind: 'undecodable', because: 'playlistTooLarge' }))
    const to = `${target.host}:${target.port}`
    const isSecure = endpoint?.isSecure === true && endpoint.at === to && !target.isTunnel
    const failed = (error: Error) => refuse('unreachable', connectionFault(error))
    const secured = isSecure ? await connectBehind(endpoint.gate, target.host, reachable, target.port, way.onread).catch(failed) : null
    if (secured === undefined) return
    if (client.destroyed) return void secured?.destroy()
    const socket = secured ?? connectTo(reachable, target.port, way.onread)
    way.begin(socket)
    keep(socket)
    client.once('close', () => socket.destroy())
    socket.once('error', (error) => {
      if (socket.bytesRead === 0 && socket.bytesWritten === 0) failed(error)
      else client.destroy()
    })
    const begin = () => {
      upstream = { socket, to, asked: way.asked }
      if (target.isTunnel) {
        client.off('data', onData)
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        client.pipe(socket)
      } else {
        socket.write(target.head, 'latin1')
        client.resume()
      }
    }
    if (secured === null) socket.once('connect', begin)
    else begin()
  }
  const onData = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return head.length > longestHead ? refuse('unreadable', null) : undefined
    const asked = end > longestHead ? null : targetOf(head.toString('latin1', 0, end + 4))
    const isGated = endpoint !== null && asked !== null && !asked.isTunnel && endpoint.at === `${asked.host}:${asked.port}`
    const through = isGated ? headBehind(endpoint, asked.head) : (asked?.head ?? null)
    const target = asked !== null && through !== null ? { ...asked, head: through } : null
    head = head.subarray(end + 4)
    // FFmpeg's requests have no body and are not pipelined.
    if (target === null || head.length > 0) return refuse('unreadable', null)
    if (upstream === null) {
      client.pause()
      return void connect(target)
    }
    // For another server: closing makes FFmpeg reconnect.
    if (target.isTunnel || upstream.to !== `${target.host}:${target.port}`) return void client.destroy()
    upstream.asked()
    upstream.socket.write(target.head, 'latin1')
  }
  client.on('data', onData)
}

/**
 * Forwards incoming data. After a while, an endless stream is read in batches, because waking up for each packet is costly. `asked`: call it on a new
 * request, whose response is to be passed on immediately. `onTooMuch`: called for a playlist that is too large; null: the data can't be inspected.
 */
function flow(to: Socket, onTooMuch: (() => void) | null) {
  const guard = createPlaylistGuard()
  let freeUntil = clock.monotonic() + freeMs
  let burst = 0
  let from: Socket | null = null
  let memory = Buffer.allocUnsafeSlow(readBytes)
  let rest: Timer | null = null
  const goOn = () => {
    rest = null
    if (to.writableNeedDrain) to.once('drain', () => from?.resume())
    else from?.resume()
  }
  // Runs after all available data was read.
  const settle = () => {
    const restsMs = burst < longestBurst && clock.monotonic() > freeUntil ? restMs : 0
    burst = 0
    if (from === null || from.destroyed || from.readableEnded || to.destroyed || (restsMs === 0 && !to.writableNeedDrain)) return
    from.pause()
    rest = clock.setTimeout(goOn, restsMs)
  }
  return {
    onread: {
      buffer: () => memory,
      callback: (bytes: number, buffer: Uint8Array) => {
        if (burst === 0) setImmediate(settle)
        burst += bytes
        if (onTooMuch !== null && guard.isTooMuch(buffer.subarray(0, bytes))) {
          onTooMuch()
          return false
        }
        to.write(buffer.subarray(0, bytes))
        // The rest of this buffer is still queued for writing, so it must not be reused.
        if (to.writableLength > 0) memory = Buffer.allocUnsafeSlow(readBytes)
        return true
      },
    },
    begin: (socket: Socket) => {
      from = socket
      socket.once('end', () => to.end())
      socket.once('close', () => {
        if (rest !== null) clock.clearTimeout(rest)
        to.destroySoon()
      })
    },
    asked: () => {
      guard.asked()
      freeUntil = clock.monotonic() + freeMs
    },
  }
}

/** Parses the head of a proxy request; null: not a request as FFmpeg sends it. */
function targetOf(head: string): Target | null {
  const [line = ''] = head.split('\r\n', 1)
  const tunnel = /^CONNECT (\S+):(\d{1,5}) HTTP\/1\.[01]$/.exec(line)
  const plain = /^(GET|HEAD) (http:\/\/([^\s/?#]+)([^\s#]*)) (HTTP\/1\.[01])$/i.exec(line)
  const authority = tunnel !== null ? `http://${tunnel[1]}:${tunnel[2]}` : `http://${plain?.[3]}`
  if ((tunnel === null && plain === null) || !URL.canParse(authority)) return null
  const { hostname, port } = new URL(authority)
  const host = hostname.replace(/^\[|\]$/g, '')
  const common = { host, port: Number(port) || Number(tunnel?.[2] ?? 80) }
  if (plain === null) return { ...common, isTunnel: true, head: '' }
  const [, method, , , path = '', version] = plain
  return { ...common, isTunnel: false, head: `${method} ${path.startsWith('/') ? path : `/${path}`} ${version}${head.slice(line.length)}` }
}

/** FFmpeg takes some 10 kB for each variant or rendition in a master playlist and never frees it. No genuine playlist has more than this. */
const mostNamed = 200
const longestPlaylistBytes = 10_000_000
/** Maximum lengths of a response head and of a chunk size line, characters: no media server sends longer ones. */
const longestAnswerHead = 65_536
const longestSizeLine = 1_024
/** Maximum characters before #EXTM3U, such as a byte order mark. */
const longestLead = 32

const namesOne = /#EXT-X-(?:STREAM-INF|MEDIA):/g
/** Encodings that FFmpeg would decompress. */
const isCompressed = /^content-encoding:[ \t]*(?:x-)?(?:gzip|deflate)\b/im
const isChunked = /^transfer-encoding:.*\bchunked\b/im
/** Interim response (1xx): another head follows. */
const isInterim = /^HTTP\/\S+ 1\d\d\b/
/** FFmpeg ends a line at its line feed. */
const endOfHead = /\r?\n\r?\n/
/** Maximum part of a tag that may be split between two pieces. */
const longestTag = '#EXT-X-STREAM-INF:'.length - 1

/** Whether a master playlist references too many playlists to be read. */
export function namesTooMany(text: string): boolean {
  return (text.match(namesOne)?.length ?? 0) > mostNamed
}

/** Removes the size lines between chunks. Returns null if a size line is too long to be one. */
function createUnchunker(): (piece: string) => string | null {
  let left = 0
  let line = ''
  return (piece) => {
    let body = ''
    for (let at = 0; at < piece.length; ) {
      if (left > 0) {
        const chunk = piece.slice(at, at + left)
        body += chunk
        left -= chunk.length
        at += chunk.length
        continue
      }
      const end = piece.indexOf('\n', at)
      line += piece.slice(at, end < 0 ? piece.length : end)
      if (line.length > longestSizeLine) return null
      if (end < 0) break
      at = end + 1
      // A chunk is followed by an empty line.
      if (line.trim() !== '') left = Number.parseInt(line, 16) || 0
      line = ''
    }
    return body
  }
}

/** Scans a server's responses, piece by piece, for playlists that would exhaust memory. */
export function createPlaylistGuard() {
  let kind: 'head' | 'unknown' | 'playlist' | 'other' = 'head'
  let text = ''
  let bytes = 0
  let named = 0
  let unchunk: ((piece: string) => string | null) | null = null
  const begin = () => {
    kind = 'head'
    text = ''
    bytes = 0
    named = 0
    unchunk = null
  }
  /** Returns the beginning of the body; null: the head is incomplete. Leaves `kind` as is if the body is compressed: FFmpeg does not ask for that. */
  const behindHead = (): string | null => {
    const end = endOfHead.exec(text)
    if (end === null) return null
    const head = text.slice(0, end.index + 1)
    const body = text.slice(end.index + end[0].length)
    if (isInterim.test(head)) {
      text = body
      return behindHead()
    }
    text = ''
    if (isCompressed.test(head)) return ''
    kind = 'unknown'
    if (isChunked.test(head)) unchunk = createUnchunker()
    return body
  }
  const decide = () => {
    const begins = text.indexOf('#EXTM3U')
    if (begins >= 0 && begins <= longestLead) kind = 'playlist'
    else if (text.length > longestLead + '#EXTM3U'.length) kind = 'other'
  }
  const count = (): void => {
    named += text.match(namesOne)?.length ?? 0
    // Complete tags have been counted; keep only a tag that may continue in the next piece.
    const last = text.slice(-longestTag)
    text = last.slice(last.lastIndexOf('#') < 0 || last.includes(':', last.lastIndexOf('#')) ? last.length : last.lastIndexOf('#'))
  }
  const isTooMuchBody = (body: string): boolean => {
    text += body
    if (kind === 'unknown') decide()
    if (kind === 'other') text = ''
    if (kind !== 'playlist') return false
    count()
    return named > mostNamed || bytes > longestPlaylistBytes
  }
  return {
    /** Called when another request was sent: its response comes next. */
    asked: begin,
    /** Returns true if it is an excessive playlist, or a response that can't be scanned. */
    isTooMuch: (piece: Uint8Array): boolean => {
      if (kind === 'other') return false
      bytes += piece.byteLength
      let added = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1')
      if (kind === 'head') {
        text += added
        const rest = behindHead()
        if (rest === null) return text.length > longestAnswerHead
        if (kind === 'head') return true
        added = rest
      }
      const body = unchunk === null ? added : unchunk(added)
      if (body === null) return true
      return isTooMuchBody(body)
    },
  }
}
