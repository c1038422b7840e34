import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createSystemClock, type Timer } from '../clock/clock.ts'
import type { MediaError } from '../shared/media.ts'
import { connectionFault, connectTo, unreachable } from './connectTo.ts'
import { createPlaylistGuard } from './playlistGuard.ts'
import { addressesOf, type FoundAddress, reachableOf, type SourceAddress } from './sourceAddress.ts'

/**
 * The way of FFmpeg to a stream over HTTP. FFmpeg follows redirects, and what playlists name, by itself and wherever they lead, so each of its connections
 * goes through a proxy of its own, which looks up the name and connects to nothing but the addresses that it has checked. It also ends what would take all
 * memory: a playlist that names thousands of others. (Not through TLS, which it can't look into: `readBeside` does that.)
 */
export interface CheckedWay {
  /** To be read in place of the address that was checked. */
  readonly source: SourceAddress
  /** Why a read of it failed, where FFmpeg can't know. */
  readonly explain: (error: MediaError) => MediaError
  /** Ends all connections. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Bytes of the head of a request. FFmpeg's own are below 4 kB. */
const longestHead = 16_384
/** Connections of one stream at once: playlists of pictures, sound and subtitles, their segments and keys. */
const mostConnections = 32

/** For so long after a request what comes is passed on at once, ms. */
const freeMs = 2_000
/** Then it is read after pauses, ms. What comes meanwhile waits in the socket. */
const restMs = 300
/** So many bytes at once are not all that had come. */
const longestBurst = 1_000_000
/** Memory that a connection reads into again and again: Node would allocate four times as much for each read. */
const readBytes = 16_384
const clock = createSystemClock()

const hasProxy: ReadonlySet<string> = new Set(['http', 'https'])
const hint = { forbidden: 'HTTP/1.1 403 Forbidden', unreachable: 'HTTP/1.1 502 Bad Gateway', unreadable: 'HTTP/1.1 400 Bad Request' } as const

/** What of a request is needed to pass it on. */
interface Target {
  readonly isTunnel: boolean
  readonly host: string
  readonly port: number
  /** The request as its server gets it; empty: nothing, of a tunnel. */
  readonly head: string
}

/** Streams that do not come over HTTP go their way without it: FFmpeg opens nothing but their own address. */
export async function openCheckedWay(found: FoundAddress): Promise<CheckedWay> {
  if (!hasProxy.has(found.source.scheme)) return { source: found.source, explain: (error) => error, [Symbol.asyncDispose]: async () => {} }
  /** What happened to the last connection that could not be made. */
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
  const server = createServer({ noDelay: true }, (client) => {
    if (sockets.size >= 2 * mostConnections || fault?.kind === 'undecodable') return void client.destroy()
    keep(client)
    passOn(client, found, keep, (failed) => {
      if (failed.kind === 'undecodable') end()
      // What was refused says more than what could not be reached.
      if (fault?.kind !== 'refusedAddress') fault = failed
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    source: { ...found.source, proxy: `http://127.0.0.1:${port}` },
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

/** Serves one connection of FFmpeg: a tunnel, or requests to one server one after the other. */
function passOn(client: Socket, found: FoundAddress, keep: (socket: Socket) => void, onFault: (fault: MediaError) => void): void {
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
    const socket = connectTo(reachable, target.port, way.onread)
    way.begin(socket)
    keep(socket)
    client.once('close', () => socket.destroy())
    socket.once('error', (error) => {
      if (socket.bytesRead === 0 && socket.bytesWritten === 0) refuse('unreachable', connectionFault(error))
      else client.destroy()
    })
    socket.once('connect', () => {
      upstream = { socket, to: `${target.host}:${target.port}`, asked: way.asked }
      if (target.isTunnel) {
        client.off('data', onData)
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        client.pipe(socket)
      } else {
        socket.write(target.head, 'latin1')
        client.resume()
      }
    })
  }
  const onData = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return head.length > longestHead ? refuse('unreadable', null) : undefined
    const target = end > longestHead ? null : targetOf(head.toString('latin1', 0, end + 4))
    head = head.subarray(end + 4)
    // A request of FFmpeg has no body, and the next one comes after the answer to this one.
    if (target === null || head.length > 0) return refuse('unreadable', null)
    if (upstream === null) {
      client.pause()
      return void connect(target)
    }
    // Of another server: FFmpeg connects anew.
    if (target.isTunnel || upstream.to !== `${target.host}:${target.port}`) return void client.destroy()
    upstream.asked()
    upstream.socket.write(target.head, 'latin1')
  }
  client.on('data', onData)
}

/**
 * Passes on what comes. A stream without end is read in pieces after a while, as each packet by itself would wake this process. `asked`: something
 * new was asked for, whose answer is wanted at once. `onTooMuch`: a playlist came that is not to be read; null: what comes can't be looked into.
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
  // After all that had come was read.
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
        // Not all of it could be given to the system, and the rest is still to be read from there.
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

/** Reads the head of a request as a proxy gets it; null: it is none that FFmpeg sends. */
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
