import type { Protocol } from '../shared/servers.ts'
import { wavering } from './demoFlow.ts'
import type { DemoModel } from './demoModel.ts'
import { type DemoReader, type DemoSource, defaultSrt } from './demoOptions.ts'
import { type DemoPath, type DemoSession, lossOf, mediaOf, packetsOf, streamedOf } from './demoPaths.ts'

/**
 * The model in the words of each version: field by field, in the order that real servers use (recorded
 * answers of 1.3.1, 1.5.1, 1.9.3, 1.15.6, 1.17.1 and 1.20.1). Text is built by hand: it is ten times cheaper
 * than objects, and a fleet of a hundred servers has to be cheap.
 */

const text = JSON.stringify

/** The type's spelling: `webrtcSession` in 1.5 and 1.9, `webRTCSession` before and after. */
function typeWord(type: string, minor: number): string {
  return type === 'webRTCSession' && minor >= 5 && minor < 12 ? 'webrtcSession' : type
}

function sourceJson(path: DemoPath, minor: number): string {
  if (path.isPulled) return `{"type":"${typeWord(path.sourceType, minor)}","id":""}`
  return path.source ? `{"type":"${typeWord(path.source.type, minor)}","id":"${path.source.id}"}` : 'null'
}

function readersJson(path: DemoPath, minor: number): string {
  let list = ''
  let muxer = path.muxer !== null
  for (const reader of path.readers) {
    if (reader.type === 'hlsSession' && minor < 18) {
      muxer = true
      continue
    }
    list += `${list ? ',' : ''}{"type":"${typeWord(reader.type, minor)}","id":"${reader.id}"}`
  }
  // Before 1.18 all HLS viewers together are one reader without an id.
  if (muxer && minor < 18) list += `${list ? ',' : ''}{"type":"hlsMuxer","id":""}`
  return `[${list}]`
}

export function pathJson(path: DemoPath, t: number, minor: number): string {
  const available = path.since !== null
  const [received, sent] = path.bytes(t, minor)
  const time = available ? `"${path.availableText}"` : 'null'
  const head = `{"name":${text(path.name)},"confName":${text(path.confName)},`
  const source = sourceJson(path, minor)
  const readers = readersJson(path, minor)
  if (minor < 17)
    return `${head}"source":${source},"ready":${available},"readyTime":${time},"tracks":${path.tracks.labels},"bytesReceived":${received},"bytesSent":${sent},"readers":${readers}}`
  // `online` is true for any pulled source, connected or not; its time stays that of the first connection.
  const online = path.mode === 'alwaysAvailable' ? path.live : path.isPulled || path.live
  const errors = path.source === null ? 0 : Math.floor(lossOf(path.source, t).dropped / 3)
  return `${head}"ready":${available},"readyTime":${time},"available":${available},"availableTime":${time},"online":${online},"onlineTime":${online && path.onlineText !== null ? `"${path.onlineText}"` : 'null'},"source":${source},"tracks":${path.tracks.labels},"tracks2":${path.tracks.figures},"readers":${readers},"inboundBytes":${received},"outboundBytes":${sent},"inboundFramesInError":${errors},"bytesReceived":${received},"bytesSent":${sent}}`
}

function head(session: DemoSession, minor: number, userAgent: boolean): string {
  const query = minor >= 5 ? `,"query":${text(session.query)}` : ''
  const user = minor >= 17 ? ',"user":""' : ''
  const agent = userAgent && minor >= 19 ? `,"userAgent":${text(session.userAgent)}` : ''
  return `"state":"${session.state}","path":${text(session.path.name)}${query}${user}${agent}`
}
const birth = (session: DemoSession): string => `{"id":"${session.id}","created":"${session.created}","remoteAddr":"${session.remoteAddr}",`

const discardedOf = (session: DemoSession, t: number): number => (session.state === 'read' ? Math.floor(lossOf(session, t).discarded) : 0)

function rtspSessionJson(session: DemoSession, t: number, minor: number): string {
  const publishes = session.state === 'publish'
  const media = mediaOf(session, t)
  const packets = packetsOf(media)
  const reports = Math.floor(packets / 450)
  const udp = session.transport === 'UDP'
  const received = publishes ? media : 64 + 18 * Math.floor(reports / 2)
  const sent = publishes ? (udp ? 32 * Math.floor(reports / 2) : 0) : media
  const lost = publishes ? Math.floor(lossOf(session, t).lost) : 0
  const jitter = publishes ? 690 * wavering(t, session.seed, 0.3) : 0
  const transport = `"transport":"${session.transport}"`
  const base = `${birth(session)}${head(session, minor, true)},${transport}`
  if (minor < 11) return `${base},"bytesReceived":${received},"bytesSent":${sent}}`
  const old = `"bytesReceived":${received},"bytesSent":${sent},"rtpPacketsReceived":${publishes ? packets : 0},"rtpPacketsSent":${publishes ? 0 : packets},"rtpPacketsLost":${lost},"rtpPacketsInError":0,"rtpPacketsJitter":${jitter},"rtcpPacketsReceived":${reports},"rtcpPacketsSent":${publishes && !udp ? 0 : Math.floor(reports / 2)},"rtcpPacketsInError":0}`
  if (minor < 17) return `${base},"profile":"AVP",${old}`
  const reported = publishes ? 0 : Math.floor(lossOf(session, t).lost)
  return `${base},"profile":"AVP","conns":["${session.connId}"],"inboundBytes":${received},"inboundRTPPackets":${publishes ? packets : 0},"inboundRTPPacketsLost":${lost},"inboundRTPPacketsInError":0,"inboundRTPPacketsJitter":${jitter},"inboundRTCPPackets":${reports},"inboundRTCPPacketsInError":0,"outboundBytes":${sent},"outboundRTPPackets":${publishes ? 0 : packets},"outboundRTPPacketsReportedLost":${reported},"outboundRTPPacketsDiscarded":0,"outboundRTCPPackets":${publishes && !udp ? 0 : Math.floor(reports / 2)},${old}`
}

function rtspConnJson(session: DemoSession, t: number, minor: number): string {
  const media = session.transport === 'TCP' ? Math.floor(mediaOf(session, t) * 1.0035) : 0
  const publishes = session.state === 'publish'
  const received = 1_160 + (publishes ? media : 0)
  const sent = 626 + (publishes ? 0 : media)
  const base = `{"id":"${session.connId}","created":"${session.connCreated}","remoteAddr":"${session.remoteAddr}"`
  if (minor < 11) return `${base},"bytesReceived":${received},"bytesSent":${sent}}`
  const more = `"session":"${session.id}","tunnel":"none"`
  if (minor < 17) return `${base},"bytesReceived":${received},"bytesSent":${sent},${more}}`
  return `${base},${more},"inboundBytes":${received},"outboundBytes":${sent},"bytesReceived":${received},"bytesSent":${sent}}`
}

function rtmpJson(session: DemoSession, t: number, minor: number): string {
  const media = mediaOf(session, t)
  const received = session.state === 'publish' ? media : 3_433
  const sent = session.state === 'publish' ? 3_467 : media
  const old = `"bytesReceived":${received},"bytesSent":${sent}}`
  const base = `${birth(session)}${head(session, minor, true)},`
  return minor < 17 ? base + old : `${base}"inboundBytes":${received},"outboundBytes":${sent},"outboundFramesDiscarded":${discardedOf(session, t)},${old}`
}

function webrtcJson(session: DemoSession, t: number, minor: number): string {
  const media = mediaOf(session, t)
  const publishes = session.state === 'publish'
  const packets = packetsOf(media)
  const reports = Math.floor(packets / 30)
  const received = publishes ? media : 1_400 + reports * 36
  const sent = publishes ? 11_400 + reports * 5 : media
  const jitter = publishes ? 57 * wavering(t, session.seed, 0.2) : 0
  const rtcpIn = publishes ? Math.floor(reports / 2) : reports
  const rtcpOut = publishes ? Math.floor(reports / 2) : Math.floor(reports / 6)
  const base = `${birth(session)}"peerConnectionEstablished":true,"localCandidate":"host/udp/127.0.0.1/8189","remoteCandidate":"prflx/udp/${session.remoteAddr.replace(':', '/')}",${head(session, minor, true)},`
  const bytes = `"bytesReceived":${received},"bytesSent":${sent}`
  if (minor < 14) return `${base}${bytes}}`
  const old = `${bytes},"rtpPacketsReceived":${publishes ? packets : 0},"rtpPacketsSent":${publishes ? 0 : packets},"rtpPacketsLost":0,"rtpPacketsJitter":${jitter},"rtcpPacketsReceived":${rtcpIn},"rtcpPacketsSent":${rtcpOut}}`
  if (minor < 17) return base + old
  return `${base}"inboundBytes":${received},"inboundRTPPackets":${publishes ? packets : 0},"inboundRTPPacketsLost":0,"inboundRTPPacketsJitter":${jitter},"inboundRTCPPackets":${rtcpIn},"outboundBytes":${sent},"outboundRTPPackets":${publishes ? 0 : packets},"outboundRTCPPackets":${rtcpOut},"outboundFramesDiscarded":${discardedOf(session, t)},${old}`
}

const hlsSessionJson = (session: DemoSession, t: number): string =>
  `${birth(session)}"path":${text(session.path.name)},"query":${text(session.query)},"user":"","userAgent":${text(session.userAgent)},"isCDN":false,"outboundBytes":${mediaOf(session, t)}}`

function moqJson(session: DemoSession, t: number): string {
  const media = mediaOf(session, t)
  const publishes = session.state === 'publish'
  return `${birth(session)}${head(session, 16, false)},"userAgent":${text(session.userAgent)},"transport":"quic","version":"moqt-16","inboundBytes":${publishes ? media : 2_100},"outboundBytes":${publishes ? 1_800 : media}}`
}

function srtJson(session: DemoSession, t: number, minor: number): string {
  const media = mediaOf(session, t)
  const publishes = session.state === 'publish'
  // On the wire: MPEG-TS and SRT headers on top of the media, and what is sent again.
  const loss = lossOf(session, t)
  const unique = packetsOf(media)
  const lost = Math.floor(loss.lost)
  const again = Math.floor(publishes ? loss.lost * 1.04 : loss.sentAgain)
  const dropped = publishes ? Math.floor(loss.dropped) : 0
  const belated = publishes ? Math.floor(loss.belated) : 0
  const naks = Math.floor(loss.naks)
  const size = 1_172
  const uniqueBytes = Math.floor(media * 1.1145)
  const phase = session.loss
  const { latencyMs = defaultSrt.latencyMs, rttMs = defaultSrt.rttMs } = session.path.options
  const rtt = rttMs * phase.rttFactor * wavering(t, session.seed, 0.008)
  const { rate: bytesPerMs } = session.path.meter
  const rate = ((bytesPerMs * 8 * 1.1145) / 1_048.576) * wavering(t, session.seed + 7, 0.06)
  const buffered = bytesPerMs === 0 ? 0 : Math.max(1, Math.round(17 * wavering(t, session.seed + 3, 0.2)))
  // The receive buffer's milliseconds flip to 0 now and then in real servers.
  const bufferMs =
    buffered === 0 || Math.floor(t / 2_000 + session.seed) % 17 === 0
      ? 0
      : Math.round((phase.rttFactor > 1 ? 80 : Math.max(20, latencyMs - 40)) * wavering(t, session.seed + 5, 0.1))
  const lossRate = phase.lost === 0 ? 0 : 100 * (publishes ? phase.lost * 0.9 : phase.sentAgain * 0.95) * wavering(t, session.seed + 9, 0.5)
  const received = publishes ? unique + again - Math.floor(loss.lost) + lost : 0
  const sent = publishes ? 0 : unique + again
  const receivedBytes = publishes ? uniqueBytes + belated * size : 0
  const sentBytes = publishes ? 0 : uniqueBytes + again * size
  const base = `${birth(session)}${head(session, minor, false)},`
  if (minor < 6) return `${base}"bytesReceived":${receivedBytes},"bytesSent":${sentBytes}}`
  const acks = Math.floor(unique * 0.65)
  const r = (value: number) => (publishes ? value : 0)
  const s = (value: number) => (publishes ? 0 : value)
  const block = `"packetsSent":${sent},"packetsReceived":${received},"packetsSentUnique":${s(unique)},"packetsReceivedUnique":${r(unique - belated)},"packetsSendLoss":${s(again)},"packetsReceivedLoss":${r(lost)},"packetsRetrans":${s(again)},"packetsReceivedRetrans":${r(again)},"packetsSentACK":${acks},"packetsReceivedACK":${s(Math.floor(unique * 0.29))},"packetsSentNAK":${r(naks)},"packetsReceivedNAK":${s(naks)},"packetsSentKM":0,"packetsReceivedKM":0,"usSndDuration":${s(unique * 8)},"packetsReceivedBelated":${belated},"packetsSendDrop":0,"packetsReceivedDrop":${dropped},"packetsReceivedUndecrypt":0,"bytesReceived":${receivedBytes},"bytesSent":${sentBytes},"bytesSentUnique":${s(uniqueBytes)},"bytesReceivedUnique":${r(uniqueBytes)},"bytesReceivedLoss":${r(lost * size)},"bytesRetrans":${s(again * size)},"bytesReceivedRetrans":${r(again * size)},"bytesReceivedBelated":${belated * size},"bytesSendDrop":0,"bytesReceivedDrop":${dropped * size},"bytesReceivedUndecrypt":0,"usPacketsSendPeriod":${publishes ? 10.967254638671875 : 8.2 * wavering(t, session.seed, 0.1)},"packetsFlowWindow":25600,"packetsFlightSize":${s(3 + (session.seed % 2))},"msRTT":${rtt},"mbpsSendRate":${s(rate)},"mbpsReceiveRate":${r(rate)},"mbpsLinkCapacity":${2_300 * wavering(t, session.seed + 1, 0.4)},"bytesAvailSendBuf":0,"bytesAvailReceiveBuf":0,"mbpsMaxBW":-1,"byteMSS":1500,"packetsSendBuf":${s(Math.max(3, Math.floor(buffered / 3)))},"bytesSendBuf":${s(Math.max(3, Math.floor(buffered / 3)) * 1_034)},"msSendBuf":${s(buffered % 3 === 0 ? 39 : 0)},"msSendTsbPdDelay":${latencyMs},"packetsReceiveBuf":${r(buffered)},"bytesReceiveBuf":${r(buffered * 1_071)},"msReceiveBuf":${r(bufferMs)},"msReceiveTsbPdDelay":${latencyMs},"packetsReorderTolerance":0,"packetsReceivedAvgBelatedTime":0,"packetsSendLossRate":${s(lossRate)},"packetsReceivedLossRate":${r(lossRate)}`
  return `${base}${block}${minor >= 17 ? `,"outboundFramesDiscarded":${discardedOf(session, t)}` : ''}}`
}

function hlsMuxerJson(path: DemoPath, t: number, minor: number, lastRequest: string): string {
  let sent = path.muxer?.served ?? 0
  for (const reader of path.readers) if (reader.type === 'hlsSession') sent += streamedOf(reader, t)
  const created = path.muxer?.created ?? path.availableText
  const base = `{"path":${text(path.name)},"created":"${created}","lastRequest":"${lastRequest}",`
  return minor < 17 ? `${base}"bytesSent":${sent}}` : `${base}"outboundBytes":${sent},"outboundFramesDiscarded":0,"bytesSent":${sent}}`
}

export interface ListKind {
  readonly protocol: Protocol | null
  /** The first version (minor) that has it; left out: all have. */
  readonly since?: number
  /** Which sessions stand in it, and how. */
  readonly type?: DemoSource | DemoReader
  readonly json?: (session: DemoSession, t: number, minor: number) => string
}
/** Endpoints that are lists, without `/v3/` and `/list`. */
export const lists = {
  paths: { protocol: null },
  rtspconns: { protocol: 'rtsp', type: 'rtspSession', json: rtspConnJson },
  rtspsessions: { protocol: 'rtsp', type: 'rtspSession', json: rtspSessionJson },
  rtspsconns: { protocol: 'rtsps', type: 'rtspsSession', json: rtspConnJson },
  rtspssessions: { protocol: 'rtsps', type: 'rtspsSession', json: rtspSessionJson },
  rtmpconns: { protocol: 'rtmp', type: 'rtmpConn', json: rtmpJson },
  rtmpsconns: { protocol: 'rtmps', type: 'rtmpsConn', json: rtmpJson },
  srtconns: { protocol: 'srt', type: 'srtConn', json: srtJson },
  webrtcsessions: { protocol: 'webrtc', type: 'webRTCSession', json: webrtcJson },
  hlssessions: { protocol: 'hls', since: 18, type: 'hlsSession', json: hlsSessionJson },
  hlsmuxers: { protocol: 'hls' },
  moqsessions: { protocol: 'moq', since: 19, type: 'moqSession', json: moqJson },
} as const satisfies Readonly<Record<string, ListKind>>
export type DemoList = keyof typeof lists

export function listItems(
  model: DemoModel,
  list: DemoList,
  t: number,
  nowText: string,
): { readonly count: number; readonly items: (from: number, to: number) => string[] } {
  const minor = model.minor
  if (list === 'paths') {
    const paths = model.listed()
    return { count: paths.length, items: (from, to) => paths.slice(from, to).map((path) => pathJson(path, t, minor)) }
  }
  if (list === 'hlsmuxers') {
    const paths = model.listed().filter((path) => path.muxer !== null || [...path.readers].some((reader) => reader.type === 'hlsSession'))
    return { count: paths.length, items: (from, to) => paths.slice(from, to).map((path) => hlsMuxerJson(path, t, minor, nowText)) }
  }
  const { type, json }: ListKind = lists[list]
  const sessions = type === undefined ? [] : [...model.sessions(type).values()]
  return { count: sessions.length, items: (from, to) => sessions.slice(from, to).map((session) => json?.(session, t, minor) ?? '') }
}
