import type { CanaryReadProtocol } from '../../shared/canaries.ts'
import type { PublishProtocol } from '../../shared/media.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { encodePathName } from '../http/encodePathName.ts'
import type { KnownEndpoint } from '../servers/readings.ts'
import { credentialsOf, encode, longestUser, maySendCredentials, type SourceCredentials, type StreamAccess } from './streamSources.ts'

/** Access to a server by all endpoints that a test signal may pass; null: the endpoint is closed. */
interface CanaryAccess extends StreamAccess {
  readonly rtmp: KnownEndpoint
  readonly webrtc: KnownEndpoint
}

/** Where a test signal is published or read. */
interface CanarySource {
  /** For the media process. It holds the credentials: for no log, error or answer. */
  readonly url: string
  /** Token of WHIP; null: none. */
  readonly bearer: string | null
  readonly credentials: SourceCredentials
}
/** `noAddress`: the protocol is switched off, or its address is unknown, invalid or may be another server's. */
type CanarySourceFault = 'noAddress' | 'credentialsUnfit'

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
  const url = new URL(address)
  const known = credentialsOf(access.authorization)
  const isSent = known !== null && maySendCredentials(new URL(access.url), url)
  const credentials: SourceCredentials = known === null ? 'none' : isSent ? 'sent' : 'withheld'
  const own = `mtxdeck=${encode(tag)}`
  const sent = isSent ? known : null
  if (protocol === 'srt') {
    const parts = [path, ...(sent === null ? [] : 'token' in sent ? ['jwt', sent.token] : [sent.user, sent.password]), own]
    const parameters = `streamid=${encode(`${use}:${parts.join(':')}`)}`
    if (parts.some((part) => part.includes(':')) || parameters.length > longestParameters) return err('credentialsUnfit')
    return ok({ url: `srt://${url.hostname}:${url.port || '8890'}?${parameters}`, bearer: null, credentials })
  }
  const base = `${url.host}${url.pathname.replace(/\/+$/, '')}/${encodePathName(path).replaceAll("'", '%27')}`
  const whole = (user: string, rest: string, query: readonly string[] = []) => `${url.protocol}//${user}${base}${rest}?${[...query, own].join('&')}`
  const basic = sent !== null && !('token' in sent) ? `${encode(sent.user)}:${encode(sent.password)}@` : ''
  const jwt = sent !== null && 'token' in sent ? [`jwt=${encode(sent.token)}`] : []
  switch (protocol) {
    case 'rtsp':
      return basic.length > longestUser ? err('credentialsUnfit') : ok({ url: whole(basic, '', jwt), bearer: null, credentials })
    case 'rtmp': {
      const user = sent !== null && !('token' in sent) ? [`user=${encode(sent.user)}`, `pass=${encode(sent.password)}`] : jwt
      return ok({ url: whole('', '', user), bearer: null, credentials })
    }
    case 'hls':
      return ok({ url: whole(basic, '/index.m3u8', jwt), bearer: null, credentials })
    case 'whep': {
      const token = sent !== null && 'token' in sent ? `:${encode(sent.token)}@` : ''
      return ok({ url: whole(basic || token, '/whep').replace(/^http/i, 'whep'), bearer: null, credentials })
    }
    case 'whip': {
      const bearer = sent === null ? null : 'token' in sent ? sent.token : `${sent.user}:${sent.password}`
      return ok({ url: whole('', '/whip'), bearer, credentials })
    }
  }
}
