import type { Protocol } from '../../shared/servers.ts'
import type { SessionListName } from './readings.ts'

/** Protocol of each list, by the name that sessions and operators use. */
export const protocolByList: Readonly<Record<SessionListName, Protocol>> = {
  rtspSessions: 'rtsp',
  rtspsSessions: 'rtsps',
  rtmpConns: 'rtmp',
  rtmpsConns: 'rtmps',
  srtConns: 'srt',
  webrtcSessions: 'webrtc',
  hlsSessions: 'hls',
  hlsMuxers: 'hls',
  moqSessions: 'moq',
}

// A map, because types come from servers, and "constructor" would be found in an object.
const listByType: ReadonlyMap<string, SessionListName> = new Map(
  Object.entries({
    rtspsession: 'rtspSessions',
    rtspssession: 'rtspsSessions',
    rtmpconn: 'rtmpConns',
    rtmpsconn: 'rtmpsConns',
    srtconn: 'srtConns',
    webrtcsession: 'webrtcSessions',
    hlssession: 'hlsSessions',
    hlsmuxer: 'hlsMuxers',
    moqsession: 'moqSessions',
  } as const),
)
// Each spelling is cached as it comes, because lower-casing 100,000 types a second is not free.
const listBySpelling = new Map<string, SessionListName | null>()
const mostSpellings = 100

/** The list that contains sessions of this type, or null. Spellings differ between versions (trap 18). */
export function sessionListOf(type: string): SessionListName | null {
  const known = listBySpelling.get(type)
  if (known !== undefined) return known
  const list = listByType.get(type.toLowerCase()) ?? null
  if (listBySpelling.size < mostSpellings) listBySpelling.set(type, list)
  return list
}
