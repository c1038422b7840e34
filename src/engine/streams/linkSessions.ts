import type { Steps } from '../../clock/slices.ts'
import { hostOf } from '../../shared/endpoints.ts'
import { isLoopback } from '../../shared/ipAddresses.ts'
import type { Session } from '../../shared/streams.ts'
import { type PathReading, sessionListOf } from '../servers/readings.ts'
import { LossWindow } from './losses.ts'
import { increase, type PathMoment } from './pathSamples.ts'
import type { RoundContext } from './roundContext.ts'
import { lostForGood, repaired, type SessionRecord, sessionListBits } from './sessions.ts'
import { noSessions, type StreamRecord } from './streamRecord.ts'

/** Session lists that may contain readers of a single picture, besides HLS. */
const readBits = sessionListBits.rtspSessions | sessionListBits.rtspsSessions | sessionListBits.srtConns

/** Sets a stream's own readers, its machines, discards, and the lists that contain its sessions. */
export function* linkSessions({ server, deps, isOver }: RoundContext, record: StreamRecord): Steps<void> {
  const { sessions } = server
  record.sessionsVersion = sessions.version
  record.discards = sessions.tally(record.path) ?? null
  let own = 0
  let ownHls = 0
  let hlsUnlisted = 0
  let ownReads = 0
  let readUnlisted = 0
  let muxers = 0
  let machines = 0
  let cdns = 0
  let internal = 0
  let unlisted = 0
  record.ownSessions = noSessions
  let lists = record.sourceType === null ? 0 : listBitsOf(record.sourceType)
  for (const reader of record.readersRead) {
    const bits = listBitsOf(reader.type)
    const isHls = (bits & sessionListBits.hlsSessions) !== 0
    lists |= bits
    if (reader.id === '' && (bits & sessionListBits.hlsMuxers) !== 0) muxers++
    else if (sessions.isOwn(reader.id)) {
      own++
      const session = sessions.find(reader.id)
      if (session !== undefined) record.ownSessions = [...record.ownSessions, session]
      if (isHls) ownHls++
      else if ((bits & readBits) !== 0) ownReads++
    } else {
      const session = sessions.find(reader.id)
      if (session !== undefined) {
        const audience = audienceOf(session.reading, deps.isServerHost)
        if (audience === 'machine') machines++
        else if (audience === 'cdn') cdns++
        if (isInternal(session.reading, deps.isServerHost)) internal++
      } else {
        unlisted++
        if (isHls) hlsUnlisted++
        else if ((bits & readBits) !== 0) readUnlisted++
      }
    }
    if (isOver()) yield
  }
  // Lists are read up to 10 s apart: until our own sessions are listed, unlisted HLS viewers count as ours, up to the number of our open pictures without a session.
  if (hlsUnlisted > 0) own += Math.min(hlsUnlisted, Math.max(0, deps.openPictures(record.serverId, record.path) - ownHls))
  // The same for single pictures, which are read by RTSP or SRT.
  if (readUnlisted > 0) own += Math.min(readUnlisted, Math.max(0, deps.pictureReads.count(record.serverId, record.path) - ownReads))
  record.ownReaders = own
  record.hlsMuxers = muxers
  record.machines = machines
  record.cdns = cdns
  record.internal = internal
  record.unlisted = unlisted
  record.lists = lists
}

const bitsByType = new Map<string, number>()
function listBitsOf(type: string): number {
  const known = bitsByType.get(type)
  if (known !== undefined) return known
  const list = sessionListOf(type)
  let bits = list === null ? 0 : sessionListBits[list]
  // Before 1.17 connections over TLS have the same type; from 1.18 on muxers are listed beside their sessions.
  if (list === 'rtmpConns') bits |= sessionListBits.rtmpsConns
  if (list === 'hlsSessions') bits |= sessionListBits.hlsMuxers
  // Types come from servers, so the cache is bounded.
  if (bitsByType.size < 100) bitsByType.set(type, bits)
  return bits
}

export function linkPublisher({ server }: RoundContext, record: StreamRecord): void {
  if (record.sourceId === '' || (record.publisher !== null && !record.publisher.ended)) return
  record.publisher = server.sessions.find(record.sourceId) ?? null
  const { remoteAddr = null, userAgent = null } = record.publisher?.reading ?? {}
  if (record.publisher !== null) record.senderAgent = userAgent
  // While the session's list is not read yet, the known address stays.
  if (remoteAddr === null || record.publisherHost === hostOf(remoteAddr)) return
  record.publisherHost = hostOf(remoteAddr)
  record.senderHost = record.publisherHost
  record.factsChanged = true
}

/** Marks whether outbound traffic includes an unknown share of our own, and whether HLS viewers can't be counted. */
export function markOwnTraffic({ deps }: RoundContext, record: StreamRecord): void {
  const hlsUncounted = record.hlsMuxers > 0
  const unsaid = record.ownReaders > record.ownSessions.length || record.ownSessions.some(({ bitrateOutBps }) => Number.isNaN(bitrateOutBps))
  const isOpen = hlsUncounted && deps.openPictures(record.serverId, record.path) > 0
  const outIncludesOurs = record.bitrateOutBps > 0 && (unsaid || isOpen)
  if (record.hlsUncounted === hlsUncounted && record.outIncludesOurs === outIncludesOurs) return
  record.hlsUncounted = hlsUncounted
  record.outIncludesOurs = outIncludesOurs
  record.factsChanged = true
}

/**
 * What our own readers add to a path's outbound rate, as far as session lists report them, bit/s. An HLS session adds the whole stream
 * from its begin until it is no longer listed, half a minute after its player closed, however much of it was fetched.
 */
export function ownBitrateOut({ ownSessions }: StreamRecord, bitrateInBps: number): number {
  let sum = 0
  for (const { reading, bitrateOutBps } of ownSessions)
    if (!Number.isNaN(bitrateOutBps)) sum += reading.list === 'hlsSessions' && !Number.isNaN(bitrateInBps) ? bitrateInBps : bitrateOutBps
  return sum
}

export function sameReaders(a: PathReading['readers'], b: PathReading['readers']): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as PathReading['readers'][number]
    const y = b[i] as PathReading['readers'][number]
    if (x.id !== y.id || x.type !== y.type) return false
  }
  return true
}

/** Figures of a session list are used for this long: lists are read at least every 10 s. */
const sessionsCountMs = 15_000

type Losses = Pick<PathMoment, 'lostIncrease' | 'repairedIncrease'>
const unknownLosses: Losses = { lostIncrease: Number.NaN, repairedIncrease: Number.NaN }

/** The session of a stream's publisher; null: unknown, or its list was not read recently. */
export function publisherOf({ publisher }: StreamRecord, { arrivedAt }: RoundContext): SessionRecord | null {
  return publisher === null || arrivedAt - publisher.list.arrivedAt > sessionsCountMs ? null : publisher
}

/** Books the losses of a stream's publisher since the last round. */
export function bookLosses(context: RoundContext, record: StreamRecord, publisher: SessionRecord | null, isComparable: boolean, isReplaced: boolean): Losses {
  // A session that began while we watched started at zero; for any other, the first reading gives no increase.
  if (!isComparable || isReplaced) {
    record.lost = isComparable ? 0 : Number.NaN
    record.repaired = record.lost
    record.lossRound = 0
  }
  // The losses of the previous publisher don't count for the new one.
  if (isReplaced) record.lossWindow = null
  const losses = publisher === null ? unknownLosses : bookSessionLosses(context, record, publisher)
  if (publisher === null) record.lostLastMinute = Number.NaN
  else if (!Number.isNaN(losses.lostIncrease)) record.lostLastMinute = record.lossWindow?.sum(context.arrivedAt) ?? 0
  record.lossSince = record.lostLastMinute > 0 && record.lossWindow !== null ? record.lossWindow.since : Number.NaN
  return losses
}

function bookSessionLosses({ at, arrivedAt }: RoundContext, record: StreamRecord, { list, reading, srtLoss }: SessionRecord): Losses {
  // Its list was not read in this round: the next reading books all of the growth, so that sums are right.
  if (list.round === record.lossRound) return { lostIncrease: record.lost * 0, repairedIncrease: record.repaired * 0 }
  const lost = lostForGood(reading, srtLoss?.unrecovered ?? Number.NaN)
  const again = repaired(reading)
  const losses: Losses = { lostIncrease: increase(lost, record.lost, false), repairedIncrease: increase(again, record.repaired, false) }
  record.lost = lost
  record.repaired = again
  record.lossRound = list.round
  if (losses.lostIncrease > 0) {
    record.lossWindow ??= new LossWindow()
    record.lossWindow.add(arrivedAt, losses.lostIncrease, at)
  }
  return losses
}

/** Returns the frames discarded for its readers since the last round, and marks them as booked. */
export function bookDiscards(record: StreamRecord): number {
  const { discards } = record
  record.framesDiscarded = discards?.total ?? Number.NaN
  if (discards === null) return Number.NaN
  const { increase: grown } = discards
  discards.increase = 0
  return grown
}

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
function isInternal({ remoteAddr, protocol }: Pick<Session, 'remoteAddr' | 'protocol'>, isServer: (host: string) => boolean): boolean {
  const host = remoteAddr === null ? null : hostOf(remoteAddr)
  if (host === null) return false
  return isLoopback(host) ? !proxied.has(protocol) : isServer(host)
}
