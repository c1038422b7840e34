import { Scaler } from 'node-av/api'
import {
  AV_LOG_QUIET,
  AVCOL_PRI_UNSPECIFIED,
  AVCOL_TRC_UNSPECIFIED,
  AVDISCARD_ALL,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVERROR_EXIT,
  AVERROR_HTTP_FORBIDDEN,
  AVERROR_HTTP_NOT_FOUND,
  AVERROR_HTTP_UNAUTHORIZED,
  AVERROR_INVALIDDATA,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants'
import { Codec, CodecContext, Dictionary, FFmpegError, FormatContext, Frame, Log, Packet } from 'node-av/lib'
import { createSystemClock } from '../clock/clock.ts'
import type { MediaError, MediaStep } from '../shared/media.ts'
import { redactText } from '../shared/redact.ts'
import { err, ok } from '../shared/result.ts'
import { maxPixels, mostTall, readOptions, type TakeSnapshot } from './readOptions.ts'

// FFmpeg's own log is off because it contains addresses with their passwords.
Log.setLevel(AV_LOG_QUIET)

/** After this many video packets without a picture the stream is given up: about two minutes at 25/s. */
const maxPackets = 3_000
const jpegQuality = 80
/** A packet that takes longer comes from the network. */
const waitingGapMs = 5
const waitingLimitMs = 100
const clock = createSystemClock()

function toError(code: number, doing: MediaStep): MediaError {
  switch (code) {
    case AVERROR_HTTP_UNAUTHORIZED:
    case AVERROR_HTTP_FORBIDDEN:
      return { kind: 'unauthorized' }
    case AVERROR_HTTP_NOT_FOUND:
      return { kind: 'notFound' }
    case AVERROR_INVALIDDATA:
      return { kind: 'undecodable', because: 'notMedia' }
  }
  return { kind: 'unreachable', doing, said: redactText(new FFmpegError(code).message) }
}

/**
 * Bytes of the packets that were read ahead while the stream was inspected: they come at once, and the next one from the network does
 * not. Afterwards nothing more can be read.
 */
async function readWaiting(format: FormatContext, packet: Packet): Promise<number> {
  const until = clock.monotonic() + waitingLimitMs
  let bytes = 0
  while (clock.monotonic() < until) {
    const reading = format.readFrame(packet)
    const late = clock.setTimeout(() => format.interrupt(), waitingGapMs)
    const read = await reading
    clock.clearTimeout(late)
    if (read < 0) return bytes
    bytes += packet.size
    packet.unref()
  }
  return bytes
}

/**
 * Reads the source until its first complete picture and converts it to JPEG. Aborting the signal interrupts the current
 * blocking read; the answer is then `cancelled`, and the caller knows why.
 */
export const takeSnapshot: TakeSnapshot = async (source, { widthPx, signal, ...limits }) => {
  const cancelled = err<MediaError>({ kind: 'cancelled' })
  if (signal.aborted) return cancelled
  const format = new FormatContext()
  format.allocContext()
  const dictionary = Dictionary.fromObject(readOptions(source, limits))
  const packet = new Packet()
  packet.alloc()
  const frame = new Frame()
  frame.alloc()
  let decoder: CodecContext | null = null
  const onAbort = () => format.interrupt()
  signal.addEventListener('abort', onAbort, { once: true })
  /** The error of a failed step: `cancelled` if it was aborted. */
  const failed = (code: number, doing: MediaStep) => (signal.aborted || code === AVERROR_EXIT ? cancelled : err(toError(code, doing)))
  try {
    const opened = await format.openInput(source.url, null, dictionary)
    if (opened < 0) return failed(opened, 'opening')
    const found = await format.findStreamInfo(null)
    if (found < 0) return failed(found, 'inspecting')
    const index = format.findBestStream(AVMEDIA_TYPE_VIDEO)
    const stream = index < 0 ? undefined : format.streams[index]
    if (!stream) return signal.aborted ? cancelled : err({ kind: 'noVideo' })
    for (const other of format.streams) if (other.index !== index) other.discard = AVDISCARD_ALL
    const codec = Codec.findDecoder(stream.codecpar.codecId)
    if (!codec) return err({ kind: 'undecodable', because: 'noDecoder' })
    decoder = new CodecContext()
    decoder.allocContext3(codec)
    decoder.parametersToContext(stream.codecpar)
    decoder.threadCount = 1
    decoder.setOption('max_pixels', String(maxPixels))
    const ready = await decoder.open2(codec, null)
    if (ready < 0) return err({ kind: 'decoderFailed', said: redactText(new FFmpegError(ready).message) })

    let isDecoded = false
    let packetBytes = 0
    for (let count = 0; !isDecoded && count < maxPackets; ) {
      const read = await format.readFrame(packet)
      if (signal.aborted) return cancelled
      if (read < 0 && read !== AVERROR_EOF) return failed(read, 'reading')
      if (read >= 0) packetBytes += packet.size
      if (read >= 0 && packet.streamIndex !== index) {
        packet.unref()
        continue
      }
      count++
      // At the end of the stream the decoder returns the pictures that it held back.
      const sent = await decoder.sendPacket(read < 0 ? null : packet)
      packet.unref()
      // Broken packets are normal when joining in the middle of a stream; the next key frame fixes that.
      if (sent < 0 && sent !== AVERROR_EAGAIN && sent !== AVERROR_INVALIDDATA) return failed(sent, 'decoding')
      isDecoded = (await decoder.receiveFrame(frame)) >= 0
      if (read < 0 && !isDecoded) return err({ kind: 'undecodable', because: 'endedEarly' })
    }
    if (!isDecoded) return err({ kind: 'undecodable', because: 'noWholePicture' })

    // The scaler's filters want a time base, which low-level decoding leaves unset, and refuse reserved colours, which MediaMTX writes into VP9 of HLS.
    frame.timeBase = stream.timeBase
    frame.colorPrimaries = AVCOL_PRI_UNSPECIFIED
    frame.colorTrc = AVCOL_TRC_UNSPECIFIED
    const even = (value: number) => Math.max(2, Math.round(value / 2) * 2)
    const width = even(Math.min(widthPx, frame.width, (frame.width * mostTall * widthPx) / frame.height))
    const height = even((frame.height * width) / frame.width)
    const scaler = new Scaler()
    try {
      const jpeg = await scaler.toJpeg(frame, { resize: { width, height }, quality: jpegQuality })
      packetBytes += await readWaiting(format, packet)
      const bytesRead = Math.max(packetBytes, Number(format.pbBytes))
      return ok({ jpeg: Uint8Array.from(jpeg), widthPx: width, heightPx: height, codec: codec.name ?? 'unknown', bytesRead })
    } finally {
      scaler.close()
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    frame.free()
    packet.free()
    decoder?.freeContext()
    await format.closeInput()
    dictionary.free()
  }
}
