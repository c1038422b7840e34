import {
  AV_CHANNEL_LAYOUT_STEREO,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
} from 'node-av/constants'
import { Codec, CodecContext, FFmpegError, Frame, Packet, Rational } from 'node-av/lib'
import { type TimeCode, writeTimeCode } from './timeCode.ts'

// A signal from which a reader can tell the age of a picture and the offset of the sound from it: pictures with their time drawn in them, and a short tone at
// each whole second of the same time.

const pictureSize = { widthPx: 640, heightPx: 360 } as const
export const picturesASecond = 25
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
export interface TestEncoder {
  readonly context: CodecContext
  readonly packet: Packet
  /** Encodes a frame; each packet is given to `each`, which must not keep it. */
  readonly encode: (frame: Frame, each: (packet: Packet) => Promise<void>) => Promise<void>
  readonly [Symbol.dispose]: () => void
}

function createEncoder(context: CodecContext, opened: number): TestEncoder {
  check(opened, 'open the encoder')
  const packet = new Packet()
  packet.alloc()
  return {
    context,
    packet,
    encode: async (frame, each) => {
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

/** Draws pictures with a time code on grey, all into the same frame. */
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
