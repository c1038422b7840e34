import {
  AV_CHANNEL_LAYOUT_STEREO,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
  AVERROR_HTTP_FORBIDDEN,
  AVERROR_HTTP_NOT_FOUND,
  AVERROR_HTTP_UNAUTHORIZED,
  AVFMT_NOFILE,
} from 'node-av/constants'
import { Codec, CodecContext, Dictionary, FFmpegError, FormatContext, Frame, Packet, Rational } from 'node-av/lib'
import { createSystemClock, sleep } from '../clock/clock.ts'
import type { MediaError, Published, PublishProtocol, WholePublishRequest } from '../shared/media.ts'
import { redactText } from '../shared/redact.ts'
import { signalOwner, type TimeCode, writeTimeCode } from './timeCode.ts'

// A signal from which a reader can tell the age of a picture and the offset of the sound from it: pictures with their time drawn in them, and a short tone at
// each whole second of the same time.

const pictureSize = { widthPx: 640, heightPx: 360 } as const
const picturesASecond = 25
export const soundRateHz = 48_000
const toneHz = 1_000
/** How long the tone at each whole second lasts, s. */
const toneSeconds = 0.1
const toneLevel = 0.5
const videoBitsPerSecond = 250_000n
const soundBitsPerSecond = 48_000n
/** Time in packets. */
export const milliseconds = new Rational(1, 1_000)

const check = (code: number, doing: string): void => FFmpegError.throwIfError(code, doing)

/** An encoder and the packets that it has made. Freed by its owner. */
function createEncoder(context: CodecContext, opened: number) {
  check(opened, 'open the encoder')
  const packet = new Packet()
  packet.alloc()
  return {
    context,
    packet,
    /** Encodes a frame; each packet is given to `each`, which must not keep it. */
    encode: async (frame: Frame, each: (packet: Packet) => Promise<void>) => {
      check(await context.sendFrame(frame), 'encode')
      while ((await context.receivePacket(packet)) >= 0) {
        await each(packet)
        packet.unref()
      }
    },
    [Symbol.dispose]: () => {
      packet.free()
      context.freeContext()
    },
  }
}
export type TestEncoder = ReturnType<typeof createEncoder>

function encoderNamed(name: string): { readonly codec: Codec; readonly context: CodecContext } {
  const codec = Codec.findEncoderByName(name as Parameters<typeof Codec.findEncoderByName>[0])
  if (codec === null) throw new Error(`FFmpeg has no encoder ${name}`)
  const context = new CodecContext()
  context.allocContext3(codec)
  context.threadCount = 1
  return { codec, context }
}

/** H.264 that every reader plays: constrained baseline, no B-frames, no delay in the encoder. */
export function openVideoEncoder(): TestEncoder {
  const { codec, context } = encoderNamed('libx264')
  context.width = pictureSize.widthPx
  context.height = pictureSize.heightPx
  context.pixelFormat = AV_PIX_FMT_YUV420P
  context.timeBase = milliseconds
  context.framerate = new Rational(picturesASecond, 1)
  context.gopSize = 10 * picturesASecond
  context.maxBFrames = 0
  context.bitRate = videoBitsPerSecond
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER)
  for (const [name, value] of [
    ['preset', 'ultrafast'],
    ['tune', 'zerolatency'],
    ['profile', 'baseline'],
    ['forced-idr', '1'],
    ['x264-params', 'repeat-headers=1'],
  ] as const)
    context.setOption(name, value)
  return createEncoder(context, context.open2Sync(codec, null))
}

/** AAC, or Opus, which is all that WebRTC takes. */
export function openSoundEncoder(kind: 'aac' | 'opus'): TestEncoder {
  const { codec, context } = encoderNamed(kind === 'aac' ? 'aac' : 'libopus')
  context.sampleRate = soundRateHz
  context.sampleFormat = kind === 'aac' ? AV_SAMPLE_FMT_FLTP : AV_SAMPLE_FMT_FLT
  // WebRTC's Opus has two channels.
  context.channelLayout = AV_CHANNEL_LAYOUT_STEREO
  context.timeBase = new Rational(1, soundRateHz)
  context.bitRate = soundBitsPerSecond
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER)
  return createEncoder(context, context.open2Sync(codec, null))
}

export function createPictures() {
  const frame = new Frame()
  frame.alloc()
  frame.format = AV_PIX_FMT_YUV420P
  frame.width = pictureSize.widthPx
  frame.height = pictureSize.heightPx
  check(frame.getBuffer(), 'allocate a picture')
  return {
    /** `atMs`: time in the stream. */
    draw: (code: TimeCode, atMs: number, isKey: boolean): Frame => {
      check(frame.makeWritable(), 'write a picture')
      const [luma, ...colours] = frame.data ?? []
      const stride = frame.linesize[0] ?? 0
      if (luma === undefined) throw new Error('the picture has no buffer')
      luma.fill(125)
      for (const colour of colours) colour.fill(128)
      writeTimeCode({ bytes: luma, ...pictureSize, stride }, code)
      frame.pts = BigInt(Math.round(atMs))
      frame.timeBase = milliseconds
      frame.pictType = isKey ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE
      return frame
    },
    [Symbol.dispose]: () => frame.free(),
  }
}

/** Makes frames of sound: a tone in the first tenth of each second, otherwise silence. */
export function createSounds({ frameSize: samples, sampleFormat }: Pick<CodecContext, 'frameSize' | 'sampleFormat'>) {
  const frame = new Frame()
  frame.alloc()
  frame.format = sampleFormat
  const isPlanar = sampleFormat === AV_SAMPLE_FMT_FLTP
  frame.nbSamples = samples
  frame.sampleRate = soundRateHz
  frame.channelLayout = AV_CHANNEL_LAYOUT_STEREO
  check(frame.getBuffer(), 'allocate sound')
  return {
    /** `beginsAtMs`: the time in the stream at which it begins. */
    play: (from: number, beginsAtMs: number): Frame => {
      check(frame.makeWritable(), 'write sound')
      for (const plane of frame.data ?? [])
        for (let n = 0; n < samples; n++) {
          // Before the beginning, `from` is below 0.
          const second = ((from + n + soundRateHz) % soundRateHz) / soundRateHz
          const level = second < toneSeconds ? toneLevel * Math.sin(2 * Math.PI * toneHz * second) : 0
          if (isPlanar) plane.writeFloatLE(level, n * 4)
          else for (const channel of [0, 1]) plane.writeFloatLE(level, (n * 2 + channel) * 4)
        }
      frame.pts = BigInt(from + (beginsAtMs * soundRateHz) / 1_000)
      frame.timeBase = new Rational(1, soundRateHz)
      return frame
    },
    [Symbol.dispose]: () => frame.free(),
  }
}

const clock = createSystemClock()
const pictureMs = 1_000 / picturesASecond
const keyEveryMs = 1_000
/**
 * Readers of RTSP and MPEG-TS consider a picture complete only when a later one begins. To avoid that wait, two more pictures are sent immediately after each
 * key frame (the frame whose time is read); these are their offsets from it, ms.
 */
const behindKeyMs = [1, 2] as const
/** Number of audio packets encoded before the stream begins. */
const soundWarmUp = 4
/** First timestamp of the stream, ms. From 0, audio encoder padding would have negative timestamps, which muxers shift for each track separately. */
const beginsAtMs = 1_000
/** When further behind than this, ms, pictures are skipped instead of sending old ones. */
const mostBehindMs = 2 * pictureMs

/** Maximum time for the server to handle the end of publishing, ms. */
const mostEndingMs = 3_000

/** Interval of `onSent`, ms. */
const sayEveryMs = 2_000

/** FFmpeg's muxers and the options they need. RTP packets must fit into Ethernet frames; FFmpeg's default size is larger. */
const muxers: Readonly<Record<PublishProtocol, { readonly format: string; readonly options: Readonly<Record<string, string>> }>> = {
  rtsp: { format: 'rtsp', options: { rtsp_transport: 'tcp', pkt_size: '1400' } },
  rtmp: { format: 'flv', options: {} },
  // Readers then know that a picture is complete once it has arrived, not when the next one begins.
  srt: { format: 'mpegts', options: { omit_video_pes_length: '0' } },
  whip: { format: 'whip', options: {} },
}

/**
 * Publishes the test signal until `signal` aborts or the connection is lost, and returns why it ended. `onSent` is called every two seconds. The time in the
 * pictures is this process's monotonic clock.
 */
export async function publishSignal(
  { url, protocol, bearer }: Pick<WholePublishRequest, 'url' | 'protocol' | 'bearer'>,
  onSent: (sent: Published) => void,
  signal: AbortSignal,
): Promise<MediaError> {
  using video = openVideoEncoder()
  using sound = openSoundEncoder(protocol === 'whip' ? 'opus' : 'aac')
  const format = new FormatContext()
  const allocated = format.allocOutputContext2(null, muxers[protocol].format, url)
  if (allocated < 0) return failed(allocated, signal)
  let hasBegun = false
  const ending: { timer: ReturnType<typeof clock.setTimeout> | null } = { timer: null }
  // Publishing ends regularly, so that the server is notified: an interrupted WHIP session stays on the server until ICE times out.
  const onAbort = () => {
    if (hasBegun) ending.timer = clock.setTimeout(() => format.interrupt(), mostEndingMs)
    else format.interrupt()
  }
  signal.addEventListener('abort', onAbort, { once: true })
  const dictionary = Dictionary.fromObject({ ...muxers[protocol].options, ...(bearer !== null && { authorization: bearer }) })
  try {
    const streams = [video, sound].map(({ context }) => {
      const stream = format.newStream(null)
      stream.codecpar.fromContext(context)
      stream.timeBase = context.timeBase
      return stream
    })
    const hasFile = (Number(format.oformat?.flags ?? 0) & AVFMT_NOFILE) === 0
    const opened = hasFile ? await format.openOutput() : 0
    if (opened < 0) return failed(opened, signal)
    const began = await format.writeHeader(dictionary)
    if (began < 0) return failed(began, signal)
    hasBegun = true
    const write = (of: 0 | 1, encoder: TestEncoder) => async (packet: Packet) => {
      const stream = streams[of]
      if (stream === undefined) return
      packet.streamIndex = of
      packet.rescaleTs(encoder.context.timeBase, stream.timeBase)
      // Not interleaved: a picture would wait for the audio that follows it.
      const written = await format.writeFrame(packet)
      if (written < 0) throw new FFmpegError(written)
    }
    const initialPadding = streams[1]?.codecpar.initialPadding ?? 0
    await send({ video, sound: { encoder: sound, initialPadding }, signal, onSent, writeVideo: write(0, video), writeSound: write(1, sound) })
    return { kind: 'cancelled' }
  } catch (error) {
    if (error instanceof FFmpegError) return failed(error.code, signal, 'publishing')
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
    dictionary.free()
    // This also closes the connections that muxers opened themselves.
    if (hasBegun) await format.writeTrailer()
    await format.closeOutput()
    format.freeContext()
    if (ending.timer !== null) clock.clearTimeout(ending.timer)
  }
}

function failed(code: number, signal: AbortSignal, doing: 'opening' | 'publishing' = 'opening'): MediaError {
  if (signal.aborted) return { kind: 'cancelled' }
  if (code === AVERROR_HTTP_UNAUTHORIZED || code === AVERROR_HTTP_FORBIDDEN) return { kind: 'unauthorized' }
  if (code === AVERROR_HTTP_NOT_FOUND) return { kind: 'notFound' }
  return { kind: 'unreachable', doing, said: redactText(new FFmpegError(code).message) }
}

async function send({
  video,
  sound,
  signal,
  onSent,
  writeVideo,
  writeSound,
}: {
  readonly video: TestEncoder
  /** `initialPadding`: number of samples that the codec inserts before the beginning. */
  readonly sound: { readonly encoder: TestEncoder; readonly initialPadding: number }
  readonly signal: AbortSignal
  readonly onSent: (sent: Published) => void
  readonly writeVideo: (packet: Packet) => Promise<void>
  readonly writeSound: (packet: Packet) => Promise<void>
}): Promise<void> {
  using pictures = createPictures()
  const samples = sound.encoder.context.frameSize
  using sounds = createSounds(sound.encoder.context)
  // An audio packet then ends exactly where the stream begins. Encoders are slow at first, and a server treats what arrives first as in sync; so both
  // encoders are started before anything is sent.
  let sample = sound.initialPadding - soundWarmUp * samples
  let soundMs = Number.NEGATIVE_INFINITY
  const sendSound = async (packet: Packet) => {
    const endMs = ((Number(packet.pts) + samples) * 1_000) / soundRateHz
    if (endMs > beginsAtMs) await writeSound(packet)
    soundMs = endMs
  }
  while (soundMs < beginsAtMs) {
    await sound.encoder.encode(sounds.play(sample, beginsAtMs), sendSound)
    sample += samples
  }
  await video.encode(pictures.draw({ owner: signalOwner, ms: 0 }, 0, true), async () => {})
  // Whole seconds of the stream coincide with whole seconds of the clock, so that a tone belongs to the picture with that time.
  const startedAt = Math.ceil(clock.monotonic() / 1_000) * 1_000
  let picture = 0
  let lastMs = -1
  let keyAt = Number.NEGATIVE_INFINITY
  let sent = { pictures: 0, skipped: 0 }
  let saidAt = startedAt
  while (!signal.aborted) {
    const dueAt = startedAt + picture * pictureMs
    const waitMs = dueAt - clock.monotonic()
    if (waitMs > 0) await sleep(clock, waitMs, signal).catch(() => {})
    if (signal.aborted) return
    const now = clock.monotonic()
    const untilMs = beginsAtMs + now - startedAt
    // Decided by the audio packets sent, not by the encoder's input: a server may treat what arrives at the same time as in sync.
    for (; soundMs < untilMs; sample += samples) await sound.encoder.encode(sounds.play(sample, beginsAtMs), sendSound)
    if (now - dueAt > mostBehindMs) {
      const left = Math.floor((now - dueAt) / pictureMs)
      picture += left
      sent.skipped += left
    } else {
      const atMs = Math.max(Math.floor(now - startedAt), lastMs + 1)
      const isKey = now - keyAt >= keyEveryMs
      if (isKey) keyAt = now
      for (const behindMs of isKey ? [0, ...behindKeyMs] : [0]) {
        lastMs = atMs + behindMs
        await video.encode(pictures.draw({ owner: signalOwner, ms: startedAt + lastMs }, beginsAtMs + lastMs, isKey && behindMs === 0), writeVideo)
        sent.pictures++
      }
      picture++
    }
    if (now - saidAt >= sayEveryMs) {
      onSent(sent)
      sent = { pictures: 0, skipped: 0 }
      saidAt = now
    }
  }
}
