import {
  AV_CODEC_ID_VP9,
  AV_NOPTS_VALUE,
  AV_PKT_FLAG_CORRUPT,
  AV_PKT_FLAG_KEY,
  AVDISCARD_ALL,
  AVDISCARD_DEFAULT,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants'
import { avChannelLayoutDescribe, avGetCodecName, Codec, type CodecParameters, type FormatContext, type IRational, type Packet, type Stream } from 'node-av/lib'
import { createSystemClock, sleep } from '../clock/clock.ts'
import type { MediaError, WholeProbeRequest } from '../shared/media.ts'
import { type CanaryDecoder, createCanaryDecoder } from './canaryDecoder.ts'
import type { Checks } from './checks.ts'
import { type ContentDecoder, createContentDecoder } from './contentDecoder.ts'
import { openInput } from './openInput.ts'
import { createLag, type PacketKind, type StreamHeader } from './packetMeter.ts'
import { aspectOf, mostAheadMs, named, probeOptions, settles } from './readOptions.ts'
import type { SourceAddress } from './sourceAddress.ts'

const clock = createSystemClock()

/**
 * Reading each packet as it arrives would wake a thread for each one. A packet that had to be waited for is the newest: reading then pauses for
 * this long, ms, and afterwards reads all packets that arrived meanwhile.
 */
const pauseMs = 300
/** A read that takes longer had to wait for its packet, ms. */
const waitedMs = 2
/** Reading does not pause while it is behind by more than this, ms. */
const mostBehindMs = 1_000

/** Schemes that deliver pictures in segments, many at a time. */
const inPieces: ReadonlySet<SourceAddress['scheme']> = new Set(['http', 'https'])

/** Audio has more packets than video, and each costs as much to read: a continuous probe reads audio in only one of this many looks. */
const audioChecks = 10

/**
 * Probe size for opening: enough to identify the format. The MPEG-TS demuxer keeps a buffer of this size while the stream is open; during
 * inspection the size only limits how much is read.
 */
const openingBytes = 131_072

/** Reads packets with node-av. Nothing is decoded, except key frames and audio if content is checked. */
export async function probeStream(source: SourceAddress, request: WholeProbeRequest, checks: Checks): Promise<MediaError | null> {
  const { signal } = checks
  const options = probeOptions(source, request)
  await using input = openInput(source, { ...options, probesize: String(openingBytes) }, signal)
  const { format, failed } = input
  const opened = await input.open()
  if (opened < 0) return failed(opened, 'opening').error
  checks.answered()
  format.probesize = BigInt(options.probesize ?? openingBytes)
  /** Frame rates from the container header, before any are estimated. */
  const promised = format.streams.map(({ avgFrameRate }) => rateOf(avgFrameRate))
  const found = await format.findStreamInfo(null)
  if (found < 0) return failed(found, 'inspecting').error
  const video = best(format, AVMEDIA_TYPE_VIDEO)
  const audio = best(format, AVMEDIA_TYPE_AUDIO)
  for (const stream of format.streams) if (stream.index !== video?.index && stream.index !== audio?.index) stream.discard = AVDISCARD_ALL
  if (!signal.aborted) {
    const header = { video: video && videoHeader(video, promised[video.index] ?? null), audio: audio && audioHeader(audio.codecpar) }
    checks.began({ ...header, tellsCorrupt: true, settles: settles(source) })
  }
  using content = request.content === null ? null : createContentDecoder(request.content, video, audio, request.wantsPicture)
  if (content !== null) checks.setContentSource(content.take)
  using canary = request.canary ? createCanaryDecoder(video, audio, inPieces.has(source.scheme)) : null
  if (canary !== null) checks.setCanarySource(canary.take)
  const nextCheck = () => {
    if (video === null || audio === null || content?.wantsSound || canary !== null) return
    const isRead = checks.count() % audioChecks === 0
    audio.discard = isRead ? AVDISCARD_DEFAULT : AVDISCARD_ALL
    checks.readAudio(isRead)
  }
  return await readPackets(input, { video: timeOf(video), audio: timeOf(audio) }, checks, { content, canary }, nextCheck)
}

/** Stream index (-1: no such stream) and length of its time unit, ms. */
const timeOf = (stream: Stream | null) => ({
  index: stream?.index ?? -1,
  unitMs: stream === null ? 0 : (stream.timeBase.num * 1_000) / stream.timeBase.den,
  isVp9: stream?.codecpar.codecId === AV_CODEC_ID_VP9,
})
type TrackTime = ReturnType<typeof timeOf>

async function readPackets(
  { format, packet, failed }: ReturnType<typeof openInput>,
  { video, audio }: { readonly video: TrackTime; readonly audio: TrackTime },
  checks: Checks,
  { content, canary }: { readonly content: ContentDecoder | null; readonly canary: CanaryDecoder | null },
  nextCheck: () => void,
) {
  const { signal } = checks
  const lagOf = createLag(1_000)
  /** The pause after a read that took this long, ms. */
  const pauseAfter = (tookMs: number) => {
    const leadMs = checks.leadMs()
    const lagMs = lagOf(leadMs)
    return leadMs > mostAheadMs || (tookMs > waitedMs && lagMs < mostBehindMs) ? pauseMs : 0
  }
  /** A key frame was read, or there is no video. Reading does not pause before that. */
  let hasKey = video.index < 0
  let seen = 0
  /** A packet had to be waited for. Those before were buffered during inspection and arrived long before they are read here. */
  let hasWaited = false
  while (!signal.aborted) {
    const askedAt = clock.monotonic()
    const read = await format.readFrame(packet)
    const arrivedMs = clock.monotonic()
    const tookMs = arrivedMs - askedAt
    hasWaited ||= tookMs > waitedMs
    if (signal.aborted) break
    if (read === AVERROR_EOF) return null
    if (read < 0 && read !== AVERROR_EAGAIN) return failed(read, 'reading').error
    if (read >= 0) {
      const { streamIndex, flags } = packet
      const track = streamIndex === video.index ? video : audio
      const kind = streamIndex === video.index ? 'video' : streamIndex === audio.index ? 'audio' : 'other'
      const isKey = kind === 'video' && video.isVp9 ? isVp9Key(packet.data) : (flags & AV_PKT_FLAG_KEY) !== 0
      hasKey ||= isKey && kind === 'video'
      const dtsMs = msOf(packet.dts, track.unitMs)
      const atMs = Number.isNaN(dtsMs) ? msOf(packet.pts, track.unitMs) : dtsMs
      if (content !== null && !Number.isNaN(atMs)) await evaluate(content, kind, packet, isKey, atMs)
      if (canary !== null && !Number.isNaN(atMs)) await measure(canary, kind, packet, isKey && hasWaited, { atMs, arrivedMs })
      checks.add(kind, atMs, dtsMs, packet.size, isKey, (flags & AV_PKT_FLAG_CORRUPT) !== 0)
      packet.unref()
      if (isKey && kind === 'video' && content?.hasNews()) checks.hurry()
      if (checks.count() !== seen) {
        seen = checks.count()
        nextCheck()
      }
    }
    // When the age of pictures is measured, packets are read as they arrive.
    const pause = read < 0 ? pauseMs : hasKey && canary === null ? pauseAfter(tookMs) : 0
    if (pause > 0 && !signal.aborted) await sleep(clock, pause, signal).catch(() => {})
  }
  return null
}

/** Decodes a packet if its content is checked. One that can't be decoded is counted and has no other effect. */
async function evaluate(content: ContentDecoder, kind: PacketKind, packet: Packet, isKey: boolean, atMs: number): Promise<void> {
  try {
    if (kind === 'video' && isKey) content.reached(atMs)
    if (kind === 'audio') content.sound(packet, atMs)
    else if (kind === 'video' && isKey && content.wantsPicture(atMs)) await content.picture(packet, atMs)
  } catch {
    // A filter rejected the decoded frame: it counts as not decoded.
  }
}

/** Decodes a packet of our own test signal. One that can't be decoded has no other effect. */
async function measure(
  canary: CanaryDecoder,
  kind: PacketKind,
  packet: Packet,
  isTimed: boolean,
  { atMs, arrivedMs }: { readonly atMs: number; readonly arrivedMs: number },
): Promise<void> {
  try {
    if (kind === 'audio') canary.sound(packet, atMs)
    else if (kind === 'video' && isTimed) await canary.picture(packet, atMs, arrivedMs)
  } catch {
    // It counts as not decoded.
  }
}

const msOf = (time: bigint, unitMs: number): number => (time === AV_NOPTS_VALUE ? Number.NaN : Number(time) * unitMs)

function best(format: FormatContext, type: typeof AVMEDIA_TYPE_VIDEO | typeof AVMEDIA_TYPE_AUDIO): Stream | null {
  const index = format.findBestStream(type)
  return index < 0 ? null : (format.streams[index] ?? null)
}

const rateOf = ({ num, den }: IRational): number | null => (num > 0 && den > 0 ? Math.min(num / den, 10_000) : null)

function profileOf({ codecId, profile }: CodecParameters): string | null {
  return Codec.findDecoder(codecId)?.profiles?.find((known) => known.profile === profile)?.name ?? null
}

function videoHeader(stream: Stream, promised: number | null): StreamHeader['video'] {
  const { codecpar } = stream
  const { codecId, level, width, height } = codecpar
  return {
    codec: named(avGetCodecName(codecId)) ?? 'unknown',
    profile: named(profileOf(codecpar)),
    level: level >= 0 && level <= 10_000 ? level : null,
    widthPx: Math.min(Math.max(width, 0), 100_000),
    heightPx: Math.min(Math.max(height, 0), 100_000),
    aspect: aspectOf(width, height, stream.sampleAspectRatio.num, stream.sampleAspectRatio.den),
    declaredFps: rateOf(codecpar.frameRate) ?? promised,
  }
}

function audioHeader(codecpar: CodecParameters): StreamHeader['audio'] {
  return {
    codec: named(avGetCodecName(codecpar.codecId)) ?? 'unknown',
    profile: named(profileOf(codecpar)),
    channels: Math.min(Math.max(codecpar.channels, 0), 1_000),
    layout: codecpar.channels > 0 ? named(avChannelLayoutDescribe(codecpar.channelLayout)) : null,
    sampleRateHz: Math.min(Math.max(codecpar.sampleRate, 0), 10_000_000),
  }
}

/** Whether a frame of VP9 is a key frame, by the beginning of its header: what comes by RTP is not marked. */
export function isVp9Key(data: Uint8Array | null): boolean {
  const [first = 0] = data ?? []
  if (first >> 6 !== 2) return false
  // Of profile 3 a reserved bit follows. Then `show_existing_frame` and `frame_type`, both 0.
  const isProfile3 = (first & 0x30) === 0x30
  return ((isProfile3 ? first >> 1 : first >> 2) & 3) === 0
}
