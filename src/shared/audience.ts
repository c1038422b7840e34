import { hostOf } from './endpoints.ts'
import { isLoopback } from './ipAddresses.ts'
import type { Session } from './streams.ts'

// Who reads a stream: somebody, a machine that passes it on or records it, or a CDN.

const machineAgent = /^(lavf|ffmpeg|gstreamer|mediamtx|gortsplib|obs|vmix|wirecast|curl|wget|python|go-http-client|prometheus)/i
const cdnAgent = /cloudfront|akamai|fastly|cloudflare|bunny|keycdn|limelight|edgio|varnish|cdn77|gcore/i

/** Protocols that reach a server through a proxy on its own machine: there, a loopback address says nothing of who reads. */
const proxied: ReadonlySet<string> = new Set(['hls', 'webrtc'])

/**
 * Who a reader is, by what its server says, its agent and address; a reader of which nothing is known counts as a person. `isServer`: whether a watched server has this
 * host. null: it is no reader, or one of ours.
 */
export function audienceOf(
  { userAgent, remoteAddr, protocol, role, own, isCdn }: Pick<Session, 'userAgent' | 'remoteAddr' | 'protocol' | 'role' | 'own'> & { readonly isCdn?: boolean },
  isServer: (host: string) => boolean,
): Session['audience'] {
  if (own || role !== 'reader') return null
  if (isCdn === true || (userAgent !== null && cdnAgent.test(userAgent))) return 'cdn'
  if (userAgent !== null && machineAgent.test(userAgent)) return 'machine'
  return isInternal({ remoteAddr, protocol }, isServer) ? 'machine' : 'person'
}

/** Whether it reads on its server's own machine, as a transcoder or a health check does, or is a watched server: nobody whom an end would hit. */
export function isInternal({ remoteAddr, protocol }: Pick<Session, 'remoteAddr' | 'protocol'>, isServer: (host: string) => boolean): boolean {
  const host = remoteAddr === null ? null : hostOf(remoteAddr)
  if (host === null) return false
  return isLoopback(host) ? !proxied.has(protocol) : isServer(host)
}
