import type { Session } from '../../shared/streams.ts'
import { numberOrNull, ShapeError } from './parsePaths.ts'
import { parseTime } from './parseTime.ts'
import type { SessionListName, SessionReading } from './readings.ts'
import { protocolByList } from './sessionLists.ts'

/** Names of all versions, see the table of aliases in the tests: new names since 1.17, SRT keeps its own. */
type RawSession = Readonly<Record<string, unknown>>

const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/**
 * One of ours: its query carries `mtxdeck=`, whoever's id stands there (other desks watch too), or its
 * User-Agent is ours. SRT has no User-Agent; what its streamid carries comes as the query.
 */
const isOwn = (query: unknown, userAgent: string | null): boolean =>
  (typeof query === 'string' && query.includes('mtxdeck=') && /(?:^|[?&,:])mtxdeck=/.test(query)) || userAgent?.startsWith('mtxdeck/') === true

const readRtp = (raw: RawSession, role: Session['role']): Session['rtp'] => {
  if (role === 'publisher') {
    const packets = numberOrNull(raw.inboundRTPPackets ?? raw.rtpPacketsReceived)
    if (packets === null) return null
    return {
      packets,
      lost: numberOrNull(raw.inboundRTPPacketsLost ?? raw.rtpPacketsLost),
      inError: numberOrNull(raw.inboundRTPPacketsInError ?? raw.rtpPacketsInError),
      jitter: numberOrNull(raw.inboundRTPPacketsJitter ?? raw.rtpPacketsJitter),
      reportedLost: null,
      discarded: null,
    }
  }
  if (role === 'reader') {
    const packets = numberOrNull(raw.outboundRTPPackets ?? raw.rtpPacketsSent)
    if (packets === null) return null
    // "Lost" of a reader counts what it sent to us, which is nothing: only its own reports say what it missed.
    return {
      packets,
      lost: null,
      inError: null,
      jitter: null,
      reportedLost: numberOrNull(raw.outboundRTPPacketsReportedLost),
      discarded: numberOrNull(raw.outboundRTPPacketsDiscarded),
    }
  }
  return null
}

/** In the direction of the media: what a publisher sends us, what we send a reader. Since 1.6. Mbit/s as the server gives them (it divides by 1024²). */
const readSrt = (raw: RawSession, role: Session['role']): SessionReading['srt'] => {
  const rttMs = numberOrNull(raw.msRTT)
  if (raw.msRTT === undefined || role === 'other') return null
  const shared = { rttMs, linkCapacityMbps: numberOrNull(raw.mbpsLinkCapacity) }
  if (role === 'publisher')
    return {
      ...shared,
      rateMbps: numberOrNull(raw.mbpsReceiveRate),
      packetsLoss: numberOrNull(raw.packetsReceivedLoss),
      packetsRetransmitted: numberOrNull(raw.packetsReceivedRetrans),
      packetsDropped: numberOrNull(raw.packetsReceivedDrop),
      packetsBelated: numberOrNull(raw.packetsReceivedBelated),
      packetsUndecryptable: numberOrNull(raw.packetsReceivedUndecrypt),
      latencyMs: numberOrNull(raw.msReceiveTsbPdDelay),
    }
  return {
    ...shared,
    rateMbps: numberOrNull(raw.mbpsSendRate),
    packetsLoss: numberOrNull(raw.packetsSendLoss),
    packetsRetransmitted: numberOrNull(raw.packetsRetrans),
    packetsDropped: numberOrNull(raw.packetsSendDrop),
    packetsBelated: null,
    packetsUndecryptable: null,
    latencyMs: numberOrNull(raw.msSendTsbPdDelay),
  }
}

/** Reads one entry; `index` is for the words of an error. Keeps nothing of `raw` but its texts. */
export const readSession = (list: SessionListName, raw: RawSession, index: number): SessionReading => {
  const path = typeof raw.path === 'string' ? raw.path : ''
  // Muxers have no id: there is one a path.
  const id = list === 'hlsMuxers' ? path : raw.id
  if (typeof id !== 'string') throw new ShapeError(`items[${index}].id is no text`)
  const role = list === 'hlsSessions' ? 'reader' : raw.state === 'publish' ? 'publisher' : raw.state === 'read' ? 'reader' : 'other'
  const userAgent = textOrNull(raw.userAgent)
  return {
    list,
    id,
    protocol: protocolByList[list],
    role,
    path,
    remoteAddr: textOrNull(raw.remoteAddr),
    user: textOrNull(raw.user),
    userAgent,
    transport: textOrNull(raw.transport),
    own: isOwn(raw.query, userAgent),
    createdAt: parseTime(raw.created),
    inboundBytes: numberOrNull(raw.inboundBytes ?? raw.bytesReceived),
    outboundBytes: numberOrNull(raw.outboundBytes ?? raw.bytesSent),
    framesDiscarded: numberOrNull(raw.outboundFramesDiscarded),
    rtp: list === 'rtspSessions' || list === 'rtspsSessions' || list === 'webrtcSessions' ? readRtp(raw, role) : null,
    srt: list === 'srtConns' ? readSrt(raw, role) : null,
  }
}

/** Reads one session list, pages in their order. Throws `ShapeError` where the form is not the API's. */
export const readSessions = (list: SessionListName, pages: readonly (readonly unknown[])[]): SessionReading[] => {
  const sessions: SessionReading[] = []
  const ids = pages.length > 1 ? new Set<string>() : null
  let index = 0
  for (const page of pages)
    for (const raw of page) {
      if (typeof raw !== 'object' || raw === null) throw new ShapeError(`items[${index}] is no object`)
      const session = readSession(list, raw as RawSession, index++)
      if (ids) {
        if (ids.has(session.id)) continue
        ids.add(session.id)
      }
      sessions.push(session)
    }
  return sessions
}
