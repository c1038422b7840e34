import type { CanaryReadProtocol } from '../../shared/canaries.ts'
import { withoutSlash } from '../../shared/endpoints.ts'
import { isLoopback } from '../../shared/ipAddresses.ts'
import type { PublishProtocol } from '../../shared/media.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { encodePathName } from '../http/serverPool.ts'
import type { KnownEndpoint } from '../servers/readings.ts'

/** Protocols for reading a stream's pictures. */
export type PictureProtocol = 'rtsp' | 'rtsps' | 'hls' | 'srt'

/** Access to a server's streams; the address of a protocol is null if it is off. */
export interface StreamAccess {
  /** API address. */
  readonly url: string
  /** Value of the API's Authorization header, or null. */
  readonly authorization: string | null
  /** As reported by the server, or null. */
  readonly version: string | null
  readonly rtsp: KnownEndpoint
  readonly hls: KnownEndpoint
  readonly srt: KnownEndpoint
}

/**
 * `sent`: with the address, or on the server's request. `none`: there are none. `withheld`: they must not be sent there.
 * `tooLong`: RTSP cannot carry them.
 */
export type SourceCredentials = 'sent' | 'none' | 'withheld' | 'tooLong'

/** One way to read a stream. HLS is read through the relay, which knows the address and adds the credentials itself. */
export type StreamSource =
  | { readonly protocol: 'hls' }
  | {
      readonly protocol: Exclude<PictureProtocol, 'hls'>
      /** For the media process. Contains the credentials: must not appear in logs, errors or answers. */
      readonly url: string
      readonly credentials: SourceCredentials
    }

type Credentials = { readonly user: string; readonly password: string } | { readonly token: string }

/** Credentials for other protocols from the API's Authorization header. MediaMTX also accepts `Bearer user:password`, for the same users as `Basic`. */
function credentialsOf(authorization: string | null): Credentials | null {
  const [, scheme = '', value = ''] = /^(Basic|Bearer) (.+)$/i.exec(authorization ?? '') ?? []
  const text = scheme.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString() : value
  const [user = '', ...password] = text.split(':')
  if (scheme.toLowerCase() === 'basic') return password.length === 0 ? null : { user, password: password.join(':') }
  if (password.length === 1) return { user, password: password[0] ?? '' }
  return value === '' ? null : { token: value }
}

/**
 * Whether the API's credentials may be sent to this address: only to the same host (or by the operator's own address of a
 * server whose API is reached through loopback), and never over the network if the API is protected by TLS: RTSP and the first
 * packets of SRT are not encrypted, and FFmpeg does not verify RTSPS certificates.
 */
function maySendCredentials(api: URL, address: URL): boolean {
  // `URL` keeps the case of hosts for non-web schemes.
  const host = address.hostname.toLowerCase()
  return (host === api.hostname || isLoopback(api.hostname)) && (api.protocol === 'http:' || isLoopback(host))
}

// The media process refuses addresses that contain quotes.
export function encode(text: string): string {
  return encodeURIComponent(text).replaceAll("'", '%27')
}

/** How we open a path of a server at an address: marked by `mtxdeck=<tag>`, and with the API's credentials where they may go there. */
function openedAt(access: Pick<StreamAccess, 'url' | 'authorization'>, address: string, path: string, tag: string) {
  const url = new URL(address)
  const known = credentialsOf(access.authorization)
  const sent = known !== null && maySendCredentials(new URL(access.url), url) ? known : null
  const credentials: SourceCredentials = known === null ? 'none' : sent === null ? 'withheld' : 'sent'
  const target = `${withoutSlash(url.pathname)}/${encodePathName(path).replaceAll("'", '%27')}`
  const own = `mtxdeck=${encode(tag)}`
  return {
    ...{ url, own, sent, credentials },
    /** User and password before a host, and a token for a query; empty: none are sent. */
    basic: sent !== null && 'user' in sent ? `${encode(sent.user)}:${encode(sent.password)}@` : '',
    jwt: sent !== null && 'token' in sent ? [`jwt=${encode(sent.token)}`] : [],
    /** As SRT names the user. */
    user: sent === null ? [] : 'token' in sent ? ['jwt', sent.token] : [sent.user, sent.password],
    /** `rest`: what stands behind the path. */
    whole: (user: string, query: readonly string[], rest = '') => `${url.protocol}//${user}${url.host}${target}${rest}?${[...query, own].join('&')}`,
  }
}

/** FFmpeg silently truncates anything longer: user with password, and path with query (FFmpeg 8 allows twice as much of the latter). */
const longestUser = 127
const longestPath = 1023

/** For RTSP, a token is sent in the query: it is usually too long for a password, and before 1.10 MediaMTX accepts it nowhere else. */
function rtspSource(access: StreamAccess, address: string, path: string, tag: string): Result<StreamSource, PictureReason> {
  if (!/^rtsps?:\/\//i.test(address) || !URL.canParse(address)) return err({ kind: 'badAddress', of: 'rtsp', address })
  const { url, basic, jwt, whole, credentials } = openedAt(access, address, path, tag)
  const protocol = url.protocol === 'rtsps:' ? 'rtsps' : 'rtsp'
  const signedIn = whole(basic, jwt)
  const isTooLong = jwt.length > 0 ? signedIn.length - `${protocol}://${url.host}`.length > longestPath : basic.length > longestUser + 1
  return ok(isTooLong ? { protocol, url: whole('', []), credentials: 'tooLong' } : { protocol, url: signedIn, credentials })
}

const longestStreamId = 512

/** The SRT stream id `read:path[:user:password][:query]` for MediaMTX; null: it can't be expressed. */
function streamId(use: 'publish' | 'read', parts: readonly string[]): string | null {
  return parts.some((part) => part.includes(':')) ? null : [use, ...parts].join(':')
}
const srtAddress = ({ hostname, port }: URL, parameters: string): string => `srt://${hostname}:${port || '8890'}?${parameters}`

/** null: path or credentials can't be expressed in an SRT stream id, or it is too long. */
function srtSource(access: StreamAccess, address: string, path: string, tag: string): Result<StreamSource, PictureReason> | null {
  if (!/^srt:\/\//i.test(address) || !URL.canParse(address)) return err({ kind: 'badAddress', of: 'srt', address })
  const { url, own, user, jwt, credentials } = openedAt(access, address, path, tag)
  // Up to 1.9, a token is accepted only in the query; 1.16 accepts it only as the password.
  const isOld = jwt.length > 0 && /^v?1\.\d\./.test(access.version ?? '')
  const id = streamId('read', isOld ? [path, [...jwt, own].join('&')] : [path, ...user, own])
  if (id === null || Buffer.byteLength(id) > longestStreamId) return null
  return ok({ protocol: 'srt', url: srtAddress(url, `streamid=${encode(id)}`), credentials })
}

/**
 * The ways to read a stream, in the order in which they are tried; an error means an address that can't be used. Our
 * reads carry `mtxdeck=<tag>`, by which they are recognised in the server's lists. RTSP comes first: it costs the server
 * only its packets. HLS starts a muxer that runs for a minute. SRT does not report why it refuses a reader.
 */
export function streamSources(access: StreamAccess, path: string, tag: string): readonly Result<StreamSource, PictureReason>[] {
  const way = (endpoint: KnownEndpoint, source: (address: string) => Result<StreamSource, PictureReason> | null) =>
    typeof endpoint === 'string' ? source(endpoint) : endpoint && err({ kind: 'serverError', error: endpoint } as const)
  const ways = [
    way(access.rtsp, (address) => rtspSource(access, address, path, tag)),
    way(access.hls, () => ok({ protocol: 'hls' } as const)),
    way(access.srt, (address) => srtSource(access, address, path, tag)),
  ]
  return ways.filter((way) => way !== null)
}

/** Access to a server by all endpoints that a test signal may pass; null: the endpoint is closed. */
interface CanaryAccess extends StreamAccess {
  readonly rtmp: KnownEndpoint
  readonly webrtc: KnownEndpoint
}

/** Where a test signal is published or read. */
export interface CanarySource {
  /** For the media process. It holds the credentials: for no log, error or answer. */
  readonly url: string
  /** Token of WHIP; null: none. */
  readonly bearer: string | null
  readonly credentials: SourceCredentials
}
/** `noAddress`: the protocol is switched off, or its address is unknown, invalid or may be another server's. */
export type CanarySourceFault = 'noAddress' | 'credentialsUnfit'

/** FFmpeg cuts off the parameters of an address of SRT that are longer. */
const longestParameters = 255

/**
 * The address by which the test signal at `path` is published or read, with the credentials of the API where they may be sent. It carries
 * `mtxdeck=<tag>`, by which our own sessions are recognised in the server's lists.
 */
export function canarySource(
  access: CanaryAccess,
  protocol: CanaryReadProtocol | PublishProtocol,
  use: 'publish' | 'read',
  path: string,
  tag: string,
): Result<CanarySource, CanarySourceFault> {
  const address = access[protocol === 'whip' || protocol === 'whep' ? 'webrtc' : protocol]
  if (typeof address !== 'string' || !URL.canParse(address)) return err('noAddress')
  const { url, own, sent, user, basic, jwt, whole, credentials } = openedAt(access, address, path, tag)
  switch (protocol) {
    case 'srt': {
      const id = streamId(use, [path, ...user, own])
      const parameters = `streamid=${encode(id ?? '')}`
      if (id === null || parameters.length > longestParameters) return err('credentialsUnfit')
      return ok({ url: srtAddress(url, parameters), bearer: null, credentials })
    }
    case 'rtsp':
      return basic.length > longestUser + 1 ? err('credentialsUnfit') : ok({ url: whole(basic, jwt), bearer: null, credentials })
    case 'rtmp': {
      const query = sent !== null && 'user' in sent ? [`user=${encode(sent.user)}`, `pass=${encode(sent.password)}`] : jwt
      return ok({ url: whole('', query), bearer: null, credentials })
    }
    case 'hls':
      return ok({ url: whole(basic, jwt, '/index.m3u8'), bearer: null, credentials })
    case 'whep': {
      const token = sent !== null && 'token' in sent ? `:${encode(sent.token)}@` : ''
      return ok({ url: whole(basic || token, [], '/whep').replace(/^http/i, 'whep'), bearer: null, credentials })
    }
    case 'whip': {
      const bearer = sent === null ? null : 'token' in sent ? sent.token : `${sent.user}:${sent.password}`
      return ok({ url: whole('', [], '/whip'), bearer, credentials })
    }
  }
}
