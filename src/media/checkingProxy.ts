import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingMessage,
  request as requestPlainly,
  type ServerResponse,
  STATUS_CODES,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http'
import { request as requestSecurely } from 'node:https'
import { type AddressInfo, isIP } from 'node:net'
import { type Duplex, pipeline } from 'node:stream'
import { headersThrough } from '../shared/headers.ts'
import type { MediaError, MediaGate } from '../shared/media.ts'
import {
  checkedLookup,
  connectBehind,
  connectionFault,
  connectOptions,
  connectTo,
  GatedAgent,
  portOf,
  RefusedHost,
  reachableAt,
  unreachable,
} from './connecting.ts'
import type { FoundAddress, SourceAddress } from './sourceAddress.ts'

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
  readonly source: SourceAddress
  /** Replaces an error of FFmpeg by the actual cause, if only the proxy knows it. */
  readonly explain: (error: MediaError) => MediaError
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Maximum bytes of the head of a request or an answer: no media server sends longer ones. */
const longestHead = 65_536
/** Maximum number of concurrent connections of one stream: playlists of video, audio and subtitles, their segments and keys. */
const mostConnections = 32

const hasProxy: ReadonlySet<string> = new Set(['http', 'https'])

/** The server that a request is for. */
interface Target {
  readonly host: string
  readonly port: number
}

/** The endpoint behind a gate. FFmpeg asks for it in clear, with a ticket that no other program of this machine has; TLS is ours. */
interface GatedEndpoint {
  readonly gate: MediaGate
  readonly ticket: string
  /** Connects by TLS; null: the endpoint has none. */
  readonly agent: GatedAgent | null
  readonly at: string
}
const ticketHeader = 'x-mtxdeck-ticket'

function gatedEndpoint(found: FoundAddress, gate: MediaGate): GatedEndpoint {
  const { url: text, host } = found.source
  const url = new URL(text)
  const connect = async () => connectBehind(gate, host, await reachableAt(found, host), portOf(url))
  return { gate, ticket: randomUUID(), agent: url.protocol === 'https:' ? new GatedAgent({ keepAlive: true }, connect) : null, at: `${host}:${portOf(url)}` }
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

/** Starts a proxy for HTTP streams. Other streams need none: FFmpeg opens only their own address. */
export async function openCheckedWay(found: FoundAddress, gate: MediaGate | null = null): Promise<CheckedWay> {
  if (!hasProxy.has(found.source.scheme)) return { source: found.source, explain: (error) => error, [Symbol.asyncDispose]: async () => {} }
  /** Error of the last connection that failed; a refused address is kept. */
  let fault: MediaError | null = null
  let isEnded = false
  const sockets = new Set<Duplex>()
  const agent = new Agent({ ...connectOptions, keepAlive: true })
  const endpoint = gate && gatedEndpoint(found, gate)
  const end = () => {
    isEnded = true
    for (const socket of sockets) socket.destroy()
    agent.destroy()
    endpoint?.agent?.destroy()
  }
  const way: Way = {
    found,
    endpoint,
    agent,
    keep: (socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => sockets.delete(socket))
      if (isEnded) socket.destroy()
    },
    onFault: (failed) => {
      if (isEnded) return
      // A refused address says more than an unreachable one.
      if (fault?.kind !== 'refusedAddress') fault = failed
      if (failed.kind === 'undecodable') end()
    },
  }
  const server = createServer({ maxHeaderSize: longestHead, keepAliveTimeout: 0, requireHostHeader: false }, (request, response) =>
    passOn(request, response, way).catch(() => response.destroy()),
  )
  server.maxConnections = mostConnections
  server.on('connection', way.keep)
  server.on('connect', (request, client) => void tunnel(request, client, way))
  server.on('clientError', (_, client) => client.end(refusalLine(400)))
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

interface Way {
  readonly found: FoundAddress
  readonly endpoint: GatedEndpoint | null
  readonly agent: Agent
  /** Registers a socket to be closed with the proxy, or closes it where the proxy has ended. */
  readonly keep: (socket: Duplex) => void
  readonly onFault: (fault: MediaError) => void
}

const refusalLine = (status: 400 | 403 | 502): string => `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`

/** The status for a server that can't or may not be connected to, and why. */
function refusalBy(error: Error): { readonly status: 403 | 502; readonly fault: MediaError } {
  return error instanceof RefusedHost
    ? { status: 403, fault: { kind: 'refusedAddress', because: error.because } }
    : { status: 502, fault: connectionFault(error) }
}

function targetOf(address: string): (Target & { readonly path: string }) | null {
  const url = /^http:\/\//i.test(address) && URL.canParse(address) ? new URL(address) : null
  return url && { host: url.hostname.replace(/^\[|\]$/g, ''), port: portOf(url), path: /^http:\/\/[^/?#]*(.*)$/i.exec(address)?.[1] ?? '' }
}

/** Headers that concern one connection only. */
const ofConnection: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding'])
/** Encodings that FFmpeg would decompress, and that can't be looked through: FFmpeg does not ask for them. It reads each line by itself, Node joins them. */
const isCompressed = /gzip|deflate/i

/** Whether Node writes this header: it reads more than it writes. */
function isWritable(name: string, value: string): boolean {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return true
  } catch {
    return false
  }
}
function headersOf({ headers, rawHeaders }: IncomingMessage): string[] {
  // Beside a transfer encoding a length does not count, and would cut off the body.
  const isLeftOut = (name: string) => ofConnection.has(name) || (name === 'content-length' && headers['transfer-encoding'] !== undefined)
  return rawHeaders.filter((_, at) => {
    const [name = '', value = ''] = rawHeaders.slice(at - (at % 2))
    return !isLeftOut(name.toLowerCase()) && isWritable(name, value)
  })
}

/** Passes a request of FFmpeg on. */
async function passOn(request: IncomingMessage, response: ServerResponse, { found, endpoint, agent, onFault }: Way): Promise<void> {
  const { method = '', url = '', headers, rawHeaders, socket: client } = request
  const target = method === 'GET' || method === 'HEAD' ? targetOf(url) : null
  const isGated = target !== null && endpoint?.at === `${target.host}:${target.port}`
  const refuse = (status: 400 | 403 | 502) => void response.writeHead(status, { connection: 'close', 'content-length': 0 }).end()
  if (target === null || (isGated && headers[ticketHeader] !== endpoint.ticket)) return refuse(400)
  const { [ticketHeader]: _, ...own } = headers
  const { host, port, path } = target
  const how = {
    ...{ method, host, port, path: path.startsWith('/') ? path : `/${path}`, maxHeaderSize: longestHead, insecureHTTPParser: true },
    headers: isGated ? headersThrough(endpoint.gate, own as Record<string, string>) : rawHeaders,
  }
  const failed = (error: Error) => {
    const refused = refusalBy(error)
    onFault(refused.fault)
    refuse(refused.status)
  }
  const ask = () => {
    const asked =
      isGated && endpoint.agent !== null ? requestSecurely({ ...how, agent: endpoint.agent }) : requestPlainly({ ...how, agent, lookup: checkedLookup(found) })
    let isConnected = false
    asked.once('socket', (socket) => {
      const connected = () => {
        isConnected = true
      }
      if (socket.connecting) socket.once('connect', connected)
      else connected()
    })
    asked.once('response', (answer) => {
      const { statusCode = 502, statusMessage } = answer
      const tooMuch = () => onFault({ kind: 'undecodable', because: 'playlistTooLarge' })
      if (isCompressed.test(answer.headers['content-encoding'] ?? '')) return tooMuch()
      try {
        response.writeHead(statusCode, statusMessage, headersOf(answer))
      } catch {
        // A status that is none.
        answer.destroy()
        return void response.destroy()
      }
      const guard = createPlaylistGuard()
      // It is asked before the piece is passed on.
      answer.on('data', (piece: Buffer) => guard.isTooMuch(piece) && tooMuch())
      pipeline(answer, response, () => {})
    })
    asked.on('error', (error: NodeJS.ErrnoException) => {
      // FFmpeg has gone, or the proxy has ended.
      if (client.destroyed) return
      if (!isConnected) failed(error)
      // The server closed the kept connection just as it was used again.
      else if (asked.reusedSocket && error.code === 'ECONNRESET' && !response.headersSent) ask()
      // A server that hangs up is not unreachable: FFmpeg sees the end. Of one that does not speak HTTP, such as an old SHOUTcast server, the parser says why.
      else {
        if (error.code?.startsWith('HPE_')) onFault(unreachable(error.message))
        response.destroy()
      }
    })
    response.once('close', () => asked.destroy())
    asked.end()
  }
  // Node does not look up hosts that are addresses.
  const refusal =
    isIP(host) === 0
      ? null
      : await reachableAt(found, host).then(
          () => null,
          (error: Error) => error,
        )
  // FFmpeg has gone meanwhile, or the proxy has ended.
  if (client.destroyed) return
  if (refusal === null) ask()
  else failed(refusal)
}

/** Connects FFmpeg, which speaks TLS, to a server. */
async function tunnel({ url = '' }: IncomingMessage, client: Duplex, { found, keep, onFault }: Way): Promise<void> {
  const target = /:\d{1,5}$/.test(url) ? targetOf(`http://${url}`) : null
  // What the client still sends is read, as its end is not seen otherwise.
  const refuse = (status: 400 | 403 | 502) => void client.resume().end(refusalLine(status))
  if (target === null) return refuse(400)
  const failed = (error: Error) => {
    const { status, fault } = refusalBy(error)
    onFault(fault)
    refuse(status)
  }
  try {
    const addresses = await reachableAt(found, target.host)
    if (client.destroyed) return
    const socket = connectTo(addresses, target.port)
    keep(socket)
    client.once('close', () => socket.destroy())
    // A server that keeps its half open would hold the tunnel for as long as the stream is read.
    client.once('end', () => socket.destroySoon())
    await once(socket, 'connect')
    // Also where it breaks off: what came until then is still passed on.
    socket.once('close', () => client.end())
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    client.pipe(socket).pipe(client)
  } catch (error) {
    failed(error as Error)
  }
}

/** FFmpeg takes some 10 kB for each variant or rendition in a master playlist and never frees it. No genuine playlist has more than this. */
const mostNamed = 200
const longestPlaylistBytes = 10_000_000
/** Maximum characters before #EXTM3U, such as a byte order mark. */
const longestLead = 32

const namesOne = /#EXT-X-(?:STREAM-INF|MEDIA):/g
/** Maximum part of a tag that may be split between two pieces. */
const longestTag = '#EXT-X-STREAM-INF:'.length - 1

/** Whether a master playlist references too many playlists to be read. */
export function namesTooMany(text: string): boolean {
  return (text.match(namesOne)?.length ?? 0) > mostNamed
}

/** Scans the body of an answer, piece by piece, for a playlist that would exhaust memory. */
export function createPlaylistGuard() {
  let kind: 'unknown' | 'playlist' | 'other' = 'unknown'
  let text = ''
  let bytes = 0
  let named = 0
  return {
    /** Returns true if it is an excessive playlist. */
    isTooMuch: (piece: Buffer): boolean => {
      if (kind === 'other') return false
      bytes += piece.length
      text += piece.toString('latin1')
      if (kind === 'unknown') {
        const begins = text.indexOf('#EXTM3U')
        if (begins >= 0 && begins <= longestLead) kind = 'playlist'
        else if (text.length > longestLead + '#EXTM3U'.length) kind = 'other'
        if (kind !== 'playlist') return false
      }
      named += text.match(namesOne)?.length ?? 0
      // Complete tags have been counted; keep only a tag that may continue in the next piece.
      const last = text.slice(-longestTag)
      text = last.slice(last.lastIndexOf('#') < 0 || last.includes(':', last.lastIndexOf('#')) ? last.length : last.lastIndexOf('#'))
      return named > mostNamed || bytes > longestPlaylistBytes
    },
  }
}
