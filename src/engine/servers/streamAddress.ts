import { createHash } from 'node:crypto'
import { isLoopback } from '../../shared/ipAddresses.ts'
import { longestName } from './apiFields.ts'

/** The listeners of a server at which its streams are read and published. */
export type Endpoint = 'rtsp' | 'rtmp' | 'srt' | 'hls' | 'webrtc'

/** Where in the configuration of a server a stream is pulled from or forwarded to, without user, password and anything else that is not needed to find it. */
export interface StreamAddress {
  readonly endpoint: Endpoint
  /** The endpoint is the encrypted one of two. */
  readonly encrypted: boolean
  /** In small letters, IPv6 without brackets; '': the machine of the server itself. */
  readonly host: string
  readonly port: number
  /** The name that a MediaMTX server has for the stream. It may have `$MTX_PATH` or `$G1` in it. */
  readonly path: string
  /** Stands for its parameters, by which cameras tell their channels apart, and which may hold a password. Omitted: it has none. */
  readonly parameters?: string
}

const schemes: Readonly<Record<string, readonly [endpoint: Endpoint, port: number]>> = {
  rtsp: ['rtsp', 554],
  rtsps: ['rtsp', 322],
  rtmp: ['rtmp', 1935],
  rtmps: ['rtmp', 1936],
  srt: ['srt', 8890],
  http: ['hls', 80],
  https: ['hls', 443],
  whep: ['webrtc', 80],
  wheps: ['webrtc', 443],
  whip: ['webrtc', 80],
  whips: ['webrtc', 443],
}
const isEncrypted: ReadonlySet<string> = new Set(['rtsps', 'rtmps', 'https', 'wheps', 'whips'])
const lastParts: Readonly<Partial<Record<Endpoint, RegExp>>> = { hls: /\/[^/]*\.m3u8$/, webrtc: /\/wh[ei]p$/ }

/** Of a URL; as it stands, where it is not encoded so. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The path in the stream id of SRT: `read:path:user:password`, or `#!::m=request,r=path`. */
function srtPath(url: URL): string {
  const id = url.searchParams.get('streamid') ?? ''
  if (id.startsWith('#!::'))
    return (
      id
        .slice(4)
        .split(',')
        .find((part) => part.startsWith('r='))
        ?.slice(2) ?? ''
    )
  return /^(?:read|publish):([^:]*)/.exec(id)?.[1] ?? ''
}

/** Of a source, or of a forward destination; null: no stream of another server can be found by it. */
export function streamAddressOf(text: string): StreamAddress | null {
  const [, scheme = ''] = /^([a-z]+):\/\/(?!\/)/i.exec(text) ?? []
  const known = schemes[scheme.toLowerCase()]
  // The hosts of other schemes are not parsed as those of the web are.
  const url = known === undefined ? null : URL.parse(`http${text.slice(scheme.length)}`)
  if (known === undefined || url === null || /[$%]/.test(url.hostname)) return null
  const [endpoint, defaultPort] = known
  const listed = endpoint === 'srt' ? srtPath(url) : decoded(url.pathname).replace(lastParts[endpoint] ?? '', '')
  const path = listed.replace(/^\/+|\/+$/g, '')
  if (path === '' || path.length > longestName) return null
  const port = url.port === '' ? defaultPort : Number(url.port)
  return {
    endpoint,
    encrypted: isEncrypted.has(scheme.toLowerCase()),
    host: isLoopback(url.hostname) ? '' : url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    path,
    // SRT has the path itself there.
    ...(endpoint !== 'srt' && url.search !== '' && { parameters: createHash('sha256').update(url.search).digest('base64url').slice(0, 12) }),
  }
}

/** One text for each source, whoever signs in there; null: it can't be told, or is another one for each machine that asks. */
export function sourceKey(address: StreamAddress | null): string | null {
  if (address === null || address.host === '') return null
  const { endpoint, encrypted, host, port, path, parameters = '' } = address
  return [endpoint, encrypted, host, port, path, parameters].join(' ')
}
