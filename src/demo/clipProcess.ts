// Entry of the process (in Electron: the thread) that makes clips: native code stays out of the process that serves. Asked by messages { id, name, isStill },
// it answers { id, clip } or { id, error }; one after the other.

import { parentPort } from 'node:worker_threads'
import { AV_CHANNEL_LAYOUT_MONO } from 'node-av'
import { AV_CODEC_FLAG_GLOBAL_HEADER, AV_LOG_ERROR, AV_PIX_FMT_YUV420P, AV_SAMPLE_FMT_FLTP, AVFMT_FLAG_CUSTOM_IO } from 'node-av/constants'
import { Codec, CodecContext, Dictionary, FFmpegError, FormatContext, Frame, IOContext, Log, Packet, Rational } from 'node-av/lib'
import { exitAtOnce } from '../processes/exitAtOnce.ts'
import { clipHeight, clipWidth, createClipPicture } from './clipPicture.ts'
import type { Clip, Rendition } from './demoClips.ts'

// 1. Segments hold whole frames of both: 40 pictures at 25/s and 75 blocks of 1,024 samples at 48 kHz are 1.6 s.
// 2. Every segment begins with a key frame, and there are no B-frames: presentation is decoding order.
const frameRate = 25
const framesASegment = 40
const sampleRate = 48_000
const blockSize = 1_024
const blocksASegment = 75
const segments = 8
const segmentMs = 1_600

/** Collects what the muxer writes; a fragment begins with each `moof`. */
async function mux(encoder: CodecContext, timeBase: Rational, packets: readonly Packet[], duration: number): Promise<Rendition> {
  const written: Buffer[] = []
  const format = new FormatContext()
  FFmpegError.throwIfError(format.allocOutputContext2(null, 'mp4', null), 'no mp4 muxer')
  const io = new IOContext()
  io.allocContextWithCallbacks(65_536, 1, null, (bytes) => {
    written.push(Buffer.from(bytes))
    return bytes.length
  })
  format.pb = io
  format.setFlags(AVFMT_FLAG_CUSTOM_IO)
  const stream = format.newStream(null)
  stream.timeBase = timeBase
  FFmpegError.throwIfError(stream.codecpar.fromContext(encoder), 'parameters of the encoder')
  using options = Dictionary.fromObject({ movflags: 'empty_moov+default_base_moof+frag_custom' })
  FFmpegError.throwIfError(await format.writeHeader(options), 'header')
  const perSegment = packets.length / segments
  for (const [index, packet] of packets.entries()) {
    if (index > 0 && index % perSegment === 0) FFmpegError.throwIfError(await format.writeFrame(null), 'fragment')
    packet.streamIndex = 0
    packet.duration = BigInt(duration)
    packet.rescaleTs(timeBase, stream.timeBase)
    FFmpegError.throwIfError(await format.writeFrame(packet), 'packet')
  }
  FFmpegError.throwIfError(await format.writeTrailer(), 'trailer')
  await io.flush()
  // In this order: the muxer would free what it still holds.
  format.pb = null
  format.freeContext()
  io.freeContext()
  const whole = Buffer.concat(written)
  const parts: Buffer[] = []
  let init = 0
  let from = 0
  for (let at = 0; at + 8 <= whole.length; at += whole.readUInt32BE(at)) {
    const box = whole.toString('latin1', at + 4, at + 8)
    if (box !== 'moof' && box !== 'mfra') continue
    if (init === 0) init = at
    else parts.push(whole.subarray(from, at))
    from = at
    if (box === 'mfra') break
  }
  if (parts.length !== segments) throw new Error(`${parts.length} fragments instead of ${segments}`)
  return { init: whole.subarray(0, init), segments: parts }
}

function drain(encoder: CodecContext, packets: Packet[]) {
  for (;;) {
    const packet = new Packet()
    packet.alloc()
    if (encoder.receivePacketSync(packet) < 0) {
      packet.free()
      return
    }
    packets.push(packet)
  }
}

// What the encoders print about themselves does not belong in the log.
Log.setLevel(AV_LOG_ERROR)

async function makeVideo(name: string, isStill: boolean): Promise<Rendition> {
  const codec = Codec.findEncoderByName('libx264' as never)
  if (!codec) throw new Error('this FFmpeg has no H.264 encoder')
  using encoder = new CodecContext()
  encoder.allocContext3(codec)
  encoder.width = clipWidth
  encoder.height = clipHeight
  encoder.pixelFormat = AV_PIX_FMT_YUV420P
  const timeBase = new Rational(1, frameRate)
  encoder.timeBase = timeBase
  encoder.framerate = new Rational(frameRate, 1)
  encoder.gopSize = framesASegment
  encoder.maxBFrames = 0
  encoder.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER)
  // Options of the encoder one by one: a dictionary is taken over by `open2`, and freed twice where we dispose it.
  const options = { preset: 'ultrafast', profile: 'baseline', crf: '26', 'x264-params': `scenecut=0:keyint=${framesASegment}:min-keyint=${framesASegment}` }
  for (const [option, value] of Object.entries(options)) FFmpegError.throwIfError(encoder.setOption(option, value), option)
  FFmpegError.throwIfError(encoder.open2Sync(codec, null), 'open the video encoder')
  const draw = createClipPicture(name, frameRate)
  const packets: Packet[] = []
  for (let index = 0; index < segments * framesASegment; index++) {
    using frame = Frame.fromVideoBuffer(draw(isStill ? 0 : index), {
      width: clipWidth,
      height: clipHeight,
      format: AV_PIX_FMT_YUV420P,
      timeBase: { num: 1, den: frameRate },
    })
    frame.pts = BigInt(index)
    FFmpegError.throwIfError(encoder.sendFrameSync(frame), 'encode a picture')
    drain(encoder, packets)
  }
  encoder.sendFrameSync(null)
  drain(encoder, packets)
  try {
    return await mux(encoder, timeBase, packets, 1)
  } finally {
    for (const packet of packets) packet.free()
  }
}

async function makeAudio(): Promise<Rendition> {
  const codec = Codec.findEncoderByName('aac' as never)
  if (!codec) throw new Error('this FFmpeg has no AAC encoder')
  using encoder = new CodecContext()
  encoder.allocContext3(codec)
  encoder.sampleRate = sampleRate
  encoder.sampleFormat = AV_SAMPLE_FMT_FLTP
  encoder.channelLayout = AV_CHANNEL_LAYOUT_MONO
  encoder.bitRate = 64_000n
  const timeBase = new Rational(1, sampleRate)
  encoder.timeBase = timeBase
  encoder.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER)
  FFmpegError.throwIfError(encoder.open2Sync(codec, null), 'open the audio encoder')
  const packets: Packet[] = []
  // 437.5 Hz has a whole number of turns in the clip's 12.8 s; the two blocks more are what the encoder holds back.
  for (let block = 0; block < segments * blocksASegment + 2; block++) {
    const samples = new Float32Array(blockSize)
    for (let i = 0; i < blockSize; i++) {
      const at = (block * blockSize + i) / sampleRate
      // A soft beep in the first fifth of each second.
      samples[i] = at % 1 < 0.2 ? 0.12 * Math.sin(2 * Math.PI * 437.5 * at) * Math.sin((Math.PI * (at % 1)) / 0.2) : 0
    }
    using frame = Frame.fromAudioBuffer(Buffer.from(samples.buffer), {
      nbSamples: blockSize,
      format: AV_SAMPLE_FMT_FLTP,
      sampleRate,
      channelLayout: AV_CHANNEL_LAYOUT_MONO,
      timeBase: { num: 1, den: sampleRate },
    })
    frame.pts = BigInt(block * blockSize)
    FFmpegError.throwIfError(encoder.sendFrameSync(frame), 'encode a tone')
    drain(encoder, packets)
  }
  encoder.sendFrameSync(null)
  drain(encoder, packets)
  // The encoder's first block lies before time 0 and only warms it up.
  const wanted = packets.filter((packet) => packet.pts >= 0n).slice(0, segments * blocksASegment)
  try {
    return await mux(encoder, timeBase, wanted, blockSize)
  } finally {
    for (const packet of packets) packet.free()
  }
}

let audio: Promise<Rendition> | null = null
async function makeClip(name: string, isStill: boolean): Promise<Clip> {
  audio ??= makeAudio()
  return { video: await makeVideo(name, isStill), audio: await audio, segmentMs }
}

let queue: Promise<void> = Promise.resolve()
const reply = (answer: object) => (parentPort ? parentPort.postMessage(answer) : process.send?.(answer))
function onMessage({ id, name, isStill }: { readonly id: number; readonly name: string; readonly isStill: boolean }) {
  queue = queue.then(async () => {
    try {
      reply({ id, clip: await makeClip(name, isStill) })
    } catch (error) {
      reply({ id, error: String(error) })
    }
  })
}
if (parentPort) parentPort.on('message', onMessage)
else {
  process.on('message', onMessage)
  // Whoever serves has gone: nothing is left to do.
  process.on('disconnect', exitAtOnce)
}
