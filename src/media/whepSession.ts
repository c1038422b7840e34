import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIP } from 'node:net'
import { RTCPeerConnection, RTCRtpCodecParameters, RtcpSrPacket } from 'werift'
import { createSystemClock, sleep, timeLimit } from '../clock/clock.ts'
import type { MediaError, MediaGate } from '../shared/media.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { CheckedWay } from './checkingProxy.ts'
import { unreachable } from './connecting.ts'
import { addressesOf, type FoundAddress, mayLeadTo } from './sourceAddress.ts'
import { askForSession } from './webrtcSession.ts'

// FFmpeg can't read WHEP. So we hold the session, and forward what arrives by WebRTC to FFmpeg as plain RTP on loopback, described by SDP.
// Order, timestamps and sender reports are kept.

const clock = createSystemClock()
/** Maximum time for a server to answer the end of a session, ms. */
const endingMs = 2_000
/** PCMU comes every 20 or 30 ms: a track without a packet for so long after the connection, ms, has none. */
const emptyAfterMs = 500
/** STUN server for werift, at which nothing listens: by default it would ask a public one. A media server learns our address from our checks anyway. */
const nobody = [{ urls: 'stun:127.0.0.1:9' }]
const mostPortTries = 50
/** Maximum number of candidates: each is checked from each of our addresses, and an answer must not make us scan a network. */
const mostCandidates = 32

const kinds = ['video', 'audio'] as const
type Kind = (typeof kinds)[number]
/** Codecs that media servers send by WebRTC and FFmpeg can unpack. */
const codecs: Record<Kind, readonly ConstructorParameters<typeof RTCRtpCodecParameters>[0][]> = {
  video: [
    { mimeType: 'video/H264', clockRate: 90_000, parameters: 'profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1' },
    { mimeType: 'video/H265', clockRate: 90_000 },
    { mimeType: 'video/VP8', clockRate: 90_000 },
    { mimeType: 'video/VP9', clockRate: 90_000 },
    { mimeType: 'video/AV1', clockRate: 90_000 },
  ],
  audio: [
    { mimeType: 'audio/opus', clockRate: 48_000, channels: 2 },
    { mimeType: 'audio/G722', clockRate: 8_000, payloadType: 9 },
    { mimeType: 'audio/PCMU', clockRate: 8_000, payloadType: 0 },
    { mimeType: 'audio/PCMA', clockRate: 8_000, payloadType: 8 },
  ],
}
/** Lost packets are requested again. */
const rtcpFeedback = [{ type: 'nack' }]

/**
 * Opens a session of WHEP, whose source is to be read until it is disposed of. Aborting the signal ends the opening. `onAccepted` is called when the
 * server has answered; from then to the first packet werift alone takes 1 s, because its DTLS waits 0.5 s after each flight (0.23.0).
 */
export async function openWhepSession(
  found: FoundAddress,
  { userAgent, gate }: { readonly userAgent: string; readonly gate: MediaGate | null },
  signal: AbortSignal,
  onAccepted: () => void = () => {},
): Promise<Result<CheckedWay, MediaError>> {
  const { addresses, source } = found
  const parameters = (kind: Kind) => codecs[kind].map((codec) => new RTCRtpCodecParameters({ ...codec, ...(kind === 'video' && { rtcpFeedback }) }))
  const peer = new RTCPeerConnection({ codecs: { video: parameters('video'), audio: parameters('audio') }, iceServers: nobody })
  await using opening = new AsyncDisposableStack()
  opening.defer(() => peer.close())
  for (const kind of kinds) peer.addTransceiver(kind, { direction: 'recvonly' })
  const offer = await peer.createOffer()
  // Sockets that are opened after the end would stay open.
  if (signal.aborted) return err({ kind: 'cancelled' })
  // Not awaited: gathering goes on until the STUN request times out.
  void peer.setLocalDescription(offer).catch(() => {})
  // It keeps the credentials.
  const url = new URL(source.url.replace(/^whep(s?):/i, 'http$1:'))
  const asked = { addresses, userAgent, url, gate }
  const answered = await askForSession('POST', { ...asked, body: offer.sdp }, signal)
  if (!answered.ok) return answered
  const { status, body, location } = answered.value
  if (status !== 201) return err(refusalOf(status, body))
  onAccepted()
  if (location !== null)
    opening.defer(async () => {
      using limit = timeLimit(clock, endingMs)
      await askForSession('DELETE', { ...asked, url: location, body: '' }, limit.signal)
    })
  const answer = await reachableAnswer(body, addresses)
  if (!answer.ok) return answer
  const passed = await loopback(tracksOf(answer.value), opening)
  const cameFrom = passOn(peer, passed)
  const isConnected = await connected(peer, answer.value, signal)
  if (!isConnected) return err(signal.aborted ? { kind: 'cancelled' } : unreachable({ kind: 'noWebrtcConnection' }))
  const sockets = await withoutEmpty(passed, cameFrom, signal)
  const opened = opening.move()
  return ok({
    source: {
      ...source,
      url: `data:application/sdp;base64,${Buffer.from(descriptionOf(sockets)).toString('base64')}`,
      parameters: {},
      protocols: 'data,rtp,udp',
    },
    explain: (error) => error,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  })
}

function refusalOf(status: number, body: string): MediaError {
  // MediaMTX 1.13 has 400 for wrong credentials.
  if (status === 401 || status === 403 || /"error":"authentication failed/.test(body)) return { kind: 'unauthorized' }
  if (status === 404) return { kind: 'notFound' }
  return unreachable({ kind: 'status', status })
}

/**
 * The answer without the candidates to which the stream may not lead. Names are removed, too, because those of mDNS would be
 * looked up in our network, and so is TCP, which is not supported here.
 */
export async function reachableAnswer(sdp: string, own: readonly string[]): Promise<Result<string, MediaError>> {
  let isRefused = false
  let candidates = 0
  const lines: string[] = []
  for (const line of sdp.split(/\r?\n/)) {
    const [, transport = '', address = ''] = /^a=candidate:\S+ \d+ (\S+) \d+ (\S+) \d+ typ /.exec(line) ?? []
    if (line.startsWith('a=candidate:')) {
      if (transport.toLowerCase() !== 'udp' || isIP(address) === 0 || candidates === mostCandidates) continue
      if (!(await addressesOf(address)).ok || !mayLeadTo(own, [address])) {
        isRefused = true
        continue
      }
      candidates++
    }
    lines.push(line)
  }
  if (candidates > 0) return ok(lines.join('\r\n'))
  return err(isRefused ? { kind: 'refusedAddress', because: 'leadsInside' } : unreachable({ kind: 'noWebrtcAddress' }))
}

interface Track {
  readonly kind: Kind
  readonly payloadType: string
  readonly lines: readonly string[]
}

function tracksOf(sdp: string): readonly Track[] {
  const found: Track[] = []
  for (const section of sdp.split(/\r?\n(?=m=)/).slice(1)) {
    const lines = section.split(/\r?\n/)
    const [, kind, port, payloadType] = /^m=(video|audio) (\d+) \S+ (\d{1,3})/.exec(lines[0] ?? '') ?? []
    if (kind === undefined || payloadType === undefined || port === '0' || lines.includes('a=inactive')) continue
    if (found.some((track) => track.kind === kind)) continue
    const described = lines.filter((line) => line.startsWith(`a=rtpmap:${payloadType} `) || line.startsWith(`a=fmtp:${payloadType} `))
    found.push({ kind: kind as Kind, payloadType, lines: described.filter((line) => /^[\x20-\x7e]{1,500}$/.test(line)) })
  }
  return found
}

/** The ports to which a track's packets and its sender's reports are forwarded. */
interface Passed extends Track {
  readonly port: number
  readonly socket: Socket
}

/** Finds ports for FFmpeg, two consecutive ones for each track. */
async function loopback(tracks: readonly Track[], opening: AsyncDisposableStack): Promise<readonly Passed[]> {
  const sockets: Passed[] = []
  for (const track of tracks) {
    const socket = createSocket('udp4')
    socket.on('error', () => {})
    opening.defer(() => void socket.close())
    sockets.push({ ...track, socket, port: await freePorts(sockets.map(({ port }) => port)) })
  }
  return sockets
}

async function freePorts(taken: readonly number[]): Promise<number> {
  for (let tries = 0; tries < mostPortTries; tries++) {
    const first = await bound(0)
    if (first === null) continue
    const { port } = first.address()
    const second = port % 2 === 0 && !taken.includes(port) ? await bound(port + 1) : null
    await closed(first)
    if (second === null) continue
    await closed(second)
    return port
  }
  throw new Error('no two free ports in a row')
}

async function bound(port: number): Promise<Socket | null> {
  const socket = createSocket('udp4')
  try {
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening')
    return socket
  } catch {
    socket.close()
    return null
  }
}
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.close(() => resolve()))

/** Passes packets on. Returns the tracks of which some came, which grow. */
function passOn(peer: RTCPeerConnection, sockets: readonly Passed[]): ReadonlySet<Passed> {
  const cameFrom = new Set<Passed>()
  peer.onTrack.subscribe((track) => {
    const to = sockets.find(({ kind }) => kind === track.kind)
    if (to === undefined) return
    track.onReceiveRtp.subscribe((packet) => {
      cameFrom.add(to)
      to.socket.send(packet.serialize(), to.port, '127.0.0.1', () => {})
    })
    track.onReceiveRtcp.subscribe((report) => {
      if (report instanceof RtcpSrPacket) to.socket.send(report.serialize(), to.port + 1, '127.0.0.1', () => {})
    })
  })
  return cameFrom
}

/**
 * Without the sound that never comes: for a stream whose sound WebRTC can't carry, or that has none, MediaMTX offers an empty PCMU track, so that
 * browsers play the video (up to 1.20.1 at least, `peer_connection.go`). FFmpeg would wait for its packets.
 */
async function withoutEmpty(sockets: readonly Passed[], cameFrom: ReadonlySet<Passed>, signal: AbortSignal): Promise<readonly Passed[]> {
  const maybeEmpty = sockets.find(({ kind, lines }) => kind === 'audio' && lines.some((line) => /^a=rtpmap:\d+ PCMU\//i.test(line)))
  if (maybeEmpty === undefined || sockets.length === 1) return sockets
  const until = clock.monotonic() + emptyAfterMs
  while (!cameFrom.has(maybeEmpty) && clock.monotonic() < until && !signal.aborted) await sleep(clock, 20, signal).catch(() => {})
  return cameFrom.has(maybeEmpty) ? sockets : sockets.filter((one) => one !== maybeEmpty)
}

/** Whether the connection was established; the signal ends the waiting. */
function connected(peer: RTCPeerConnection, sdp: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (is: boolean) => {
      signal.removeEventListener('abort', onAbort)
      resolve(is)
    }
    const onAbort = () => end(false)
    signal.addEventListener('abort', onAbort, { once: true })
    peer.connectionStateChange.subscribe((state) => {
      if (state === 'connected') end(true)
      else if (state === 'failed' || state === 'closed') end(false)
    })
    peer.setRemoteDescription({ type: 'answer', sdp }).catch(() => end(false))
    if (signal.aborted) onAbort()
  })
}

/** The description for FFmpeg, which accepts packets from loopback only. */
const descriptionOf = (sockets: readonly Passed[]): string =>
  [
    'v=0',
    'o=- 0 0 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    'a=source-filter: incl IN IP4 127.0.0.1 127.0.0.1',
    ...sockets.flatMap(({ kind, port, payloadType, lines }) => [`m=${kind} ${port} RTP/AVP ${payloadType}`, ...lines, 'a=recvonly']),
    '',
  ].join('\r\n')
