import type { ServerError } from '../../shared/errors.ts'
import { isAtLeast } from '../../shared/isAtLeast.ts'
import { err, type Result } from '../../shared/result.ts'
import type { SessionListName } from './readings.ts'

/** Names of an endpoint: those of all versions up to 1.20, and those announced for 1.21. */
interface Endpoint {
  readonly legacy: string
  readonly renamed: string
}
export const sessionEndpoints: Readonly<Record<SessionListName, Endpoint>> = {
  rtspSessions: { legacy: 'rtspsessions/list', renamed: 'rtsp/sessions/list' },
  rtspsSessions: { legacy: 'rtspssessions/list', renamed: 'rtsps/sessions/list' },
  rtmpConns: { legacy: 'rtmpconns/list', renamed: 'rtmp/conns/list' },
  rtmpsConns: { legacy: 'rtmpsconns/list', renamed: 'rtmps/conns/list' },
  srtConns: { legacy: 'srtconns/list', renamed: 'srt/conns/list' },
  webrtcSessions: { legacy: 'webrtcsessions/list', renamed: 'webrtc/sessions/list' },
  hlsSessions: { legacy: 'hlssessions/list', renamed: 'hls/sessions/list' },
  hlsMuxers: { legacy: 'hlsmuxers/list', renamed: 'hls/muxers/list' },
  moqSessions: { legacy: 'moqsessions/list', renamed: 'moq/sessions/list' },
}
/** Where a session of a list is disconnected by its id; null: these can't be. */
export function kickEndpointOf(list: SessionListName): Endpoint | null {
  return list === 'hlsMuxers' ? null : kickEndpoints[list]
}
const kicking = ({ legacy, renamed }: Endpoint): Endpoint => ({ legacy: legacy.replace(/list$/, 'kick'), renamed: renamed.replace(/list$/, 'kick') })
const kickEndpoints = Object.fromEntries(Object.entries(sessionEndpoints).map(([list, endpoint]) => [list, kicking(endpoint)])) as typeof sessionEndpoints
export const pathDefaultsEndpoint: Endpoint = { legacy: 'config/pathdefaults/get', renamed: 'config/path-defaults/get' }
export const forwardsEndpoint: Endpoint = { legacy: 'paths/forward/list', renamed: 'paths/forward-dests/list' }

export interface EndpointNames {
  /** The server's version as reported by `/v3/info`; null: not reported. */
  readonly version: () => string | null
  readonly setVersion: (version: string | null) => void
  /** Tries the names that this version may have, the one that worked last first. */
  readonly withNames: <T>(endpoint: Endpoint, run: (name: string) => Promise<Result<T, ServerError>>) => Promise<Result<T, ServerError>>
}

/** Finds out which name an endpoint has on one server. */
export function createEndpointNames(): EndpointNames {
  const renamedWorks = new Map<Endpoint, boolean>()
  let serverVersion: string | null = null
  return {
    version: () => serverVersion,
    setVersion: (version) => {
      if (version !== serverVersion) renamedWorks.clear()
      serverVersion = version
    },
    withNames: async (endpoint, run) => {
      if (!isAtLeast(serverVersion, 1, 21)) return run(endpoint.legacy)
      const first = renamedWorks.get(endpoint) ?? true
      for (const renamed of [first, !first]) {
        const result = await run(renamed ? endpoint.renamed : endpoint.legacy)
        if (result.ok || result.error.kind !== 'noApiHere') {
          if (result.ok) renamedWorks.set(endpoint, renamed)
          return result
        }
      }
      return err({ kind: 'noApiHere' })
    },
  }
}
