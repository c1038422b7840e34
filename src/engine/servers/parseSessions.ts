import type { Slice } from '../../clock/slices.ts'
import type { Session } from '../../shared/streams.ts'
import { type Checked, checkFields, type FieldChecker, sessionFields } from './apiFields.ts'
import { ShapeError } from './jsonInSlices.ts'
import { bytesACheck, endOfEntry, isEndOfList, type ListPage, listHead } from './pathListBytes.ts'
import { type MutableSession, overwriteSession, protocolByList, type SessionListName, type SessionReading } from './readings.ts'

/**
 * Reads pages of a session list entry by entry. Readings are kept until the round ends, longer than V8's nursery keeps them, so those of the last answer's page are
 * overwritten (docs/adr/0013). The result is null for what is not in the form that MediaMTX writes: the parser of whole JSON decides.
 */
export function createSessionListReader(list: SessionListName, checker: FieldChecker) {
  const pages: MutableSession[][] = []
  return async (page: number, body: Buffer, slice: Slice, signal: AbortSignal): Promise<ListPage<SessionReading> | null> => {
    const opening = listHead.exec(body.toString('latin1', 0, 100))
    if (!opening) return null
    pages[page] ??= []
    const items = pages[page]
    let count = 0
    let at = opening[0].length
    let nextCheck = at + bytesACheck
    const between = Buffer.from(`},${/^\{"\w+":/.exec(body.toString('latin1', at, at + 50))?.[0]}`)
    while (body[at] === openBrace) {
      if (at >= nextCheck) {
        if (slice.isOver()) await slice.next(signal)
        nextCheck = at + bytesACheck
      }
      const end = endOfEntry(body, at, between)
      let raw: Readonly<Record<string, unknown>>
      try {
        raw = JSON.parse(body.toString('utf8', at, end))
      } catch {
        return null
      }
      const reading = readSession(list, checkFields(raw, sessionFields, checker), count)
      const former = items[count++]
      if (former === undefined) items.push(reading)
      else overwriteSession(former, reading)
      at = body[end] === comma ? end + 1 : end
    }
    if (!isEndOfList(body, at)) return null
    items.length = count
    return { items, pageCount: Number(opening[1]) }
  }
}
const [openBrace, comma] = [0x7b, 0x2c] as const

/** Validated fields of one entry, by their present names; see `apiFields.ts`. */
type CheckedSession = Checked<typeof sessionFields>

const textOrNull = (value: string | null | undefined): string | null => (value ? value : null)

/**
 * Whether the session is ours: its query has `mtxdeck=` with any id (other consoles watch, too), or its
 * User-Agent is ours. SRT has no User-Agent; the query is part of its streamid.
 */
const isOwn = (mark: string | null, userAgent: string | null): boolean => mark !== null || userAgent?.startsWith('mtxdeck/') === true
const markOf = (query: unknown): string | null =>
  typeof query === 'string' && query.includes('mtxdeck=') ? (/(?:^|[?&,:])mtxdeck=([^&,:]*)/.exec(query)?.[1] ?? null) : null

function readRtp(raw: CheckedSession, role: Session['role']): Session['rtp'] {
  if (role === 'publisher') {
    const packets = raw.inboundRTPPackets ?? null
    if (packets === null) return null
    return {
      packets,
      lost: raw.inboundRTPPacketsLost ?? null,
      inError: raw.inboundRTPPacketsInError ?? null,
      jitter: raw.inboundRTPPacketsJitter ?? null,
      reportedLost: null,
      discarded: null,
    }
  }
  if (role === 'reader') {
    const packets = raw.outboundRTPPackets ?? null
    if (packets === null) return null
    // A reader's "lost" counts packets that it sent to the server, which are none: only its own reports show what it missed.
    return {
      packets,
      lost: null,
      inError: null,
      jitter: null,
      reportedLost: raw.outboundRTPPacketsReportedLost ?? null,
      discarded: raw.outboundRTPPacketsDiscarded ?? null,
    }
  }
  return null
}

/**
 * Waiting media in ms. The server updates it only when packets are acknowledged. 1.20.1 still reports the old value when the last packet has left; from 1.13 to
 * 1.17 every second answer reports 0, however many packets wait. The number of waiting packets shows which 0 is true.
 */
function receiveBufferOf({ msReceiveBuf = null, packetsReceiveBuf = null }: CheckedSession): number | null {
  if (msReceiveBuf === null || packetsReceiveBuf === null) return null
  if (packetsReceiveBuf === 0) return 0
  return msReceiveBuf === 0 ? null : msReceiveBuf
}

/** The server counts 1024² bits as one of its Mbit/s. Everything else here, and everybody who reads it, counts 1,000,000. */
function megabits(raw: number | undefined | null): number | null {
  return raw === undefined || raw === null ? null : (raw * 1024 ** 2) / 1e6
}

/** In the direction of the media: what a publisher sends us, what we send a reader. Since 1.6. */
function readSrt(raw: CheckedSession, role: Session['role']): SessionReading['srt'] {
  const rttMs = raw.msRTT ?? null
  if (raw.msRTT === undefined || role === 'other') return null
  const shared = { rttMs, linkCapacityMbps: megabits(raw.mbpsLinkCapacity) }
  if (role === 'publisher')
    return {
      ...shared,
      rateMbps: megabits(raw.mbpsReceiveRate),
      packetsLoss: raw.packetsReceivedLoss ?? null,
      packetsRetransmitted: raw.packetsReceivedRetrans ?? null,
      packetsDropped: raw.packetsReceivedDrop ?? null,
      packetsBelated: raw.packetsReceivedBelated ?? null,
      packetsUndecryptable: raw.packetsReceivedUndecrypt ?? null,
      latencyMs: raw.msReceiveTsbPdDelay ?? null,
      receiveBufferMs: receiveBufferOf(raw),
    }
  return {
    ...shared,
    rateMbps: megabits(raw.mbpsSendRate),
    packetsSent: raw.packetsSent ?? null,
    packetsLoss: raw.packetsSendLoss ?? null,
    packetsRetransmitted: raw.packetsRetrans ?? null,
    packetsDropped: raw.packetsSendDrop ?? null,
    packetsBelated: null,
    packetsUndecryptable: null,
    latencyMs: raw.msSendTsbPdDelay ?? null,
    receiveBufferMs: null,
  }
}

/**
 * Reads one entry; `index` is for error messages. Keeps only the texts of `raw`. Fields are named here, and checked against the
 * table by the compiler: a loop over the table takes 1.4 µs a session instead of 0.12, as names that differ are looked up each time.
 */
export function readSession(list: SessionListName, raw: CheckedSession, index: number): SessionReading {
  const path = raw.path ?? ''
  // Muxers have no id, but there is one per path.
  const id = list === 'hlsMuxers' ? path : raw.id
  if (typeof id !== 'string') throw new ShapeError({ kind: 'otherForm', field: `items[${index}].id` })
  const role = list === 'hlsSessions' ? 'reader' : raw.state === 'publish' ? 'publisher' : raw.state === 'read' ? 'reader' : 'other'
  const userAgent = textOrNull(raw.userAgent)
  const mark = markOf(raw.query)
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
    own: isOwn(mark, userAgent),
    isCdn: raw.isCDN === true,
    mark: list === 'srtConns' ? mark : null,
    createdAt: raw.created ?? null,
    inboundBytes: raw.inboundBytes ?? null,
    outboundBytes: raw.outboundBytes ?? null,
    framesDiscarded: raw.outboundFramesDiscarded ?? null,
    hasHungUp: (list === 'rtspSessions' || list === 'rtspsSessions') && raw.conns?.length === 0,
    rtp: list === 'rtspSessions' || list === 'rtspsSessions' || list === 'webrtcSessions' ? readRtp(raw, role) : null,
    srt: list === 'srtConns' ? readSrt(raw, role) : null,
  }
}
