import type { Protocol } from '../../shared/servers.ts'
import type { SessionListName } from './readings.ts'

/** Protocol of each list, as sessions and operators name it. */
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

// A map: types come from servers, and "constructor" would be found in an object.
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
// The few spellings that exist are looked up as they come; lower-casing 100,000 types a second is not free.
const listBySpelling = new Map<string, SessionListName | null>()
const mostSpellings = 100

/** The list that sessions of this type stand in, or null. Spellings differ between versions (trap 18). */
export function sessionListOf(type: string): SessionListName | null {
  const known = listBySpelling.get(type)
  if (known !== undefined) return known
  const list = listByType.get(type.toLowerCase()) ?? null
  if (listBySpelling.size < mostSpellings) listBySpelling.set(type, list)
  return list
}
