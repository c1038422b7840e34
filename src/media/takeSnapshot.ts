import {
  AV_CODEC_ID_H264,
  AV_CODEC_ID_HEVC,
  AV_PICTURE_TYPE_I,
  AV_PKT_FLAG_KEY,
  AVDISCARD_ALL,
  AVERROR_EAGAIN,
  AVERROR_EINVAL,
  AVERROR_EOF,
  AVERROR_INVALIDDATA,
  AVMEDIA_TYPE_VIDEO,
} from 'node-av/constants'
import { avGetCodecName, type CodecContext, type CodecParameters, type InputFormat } from 'node-av/lib'
import { err, ok } from '../shared/result.ts'
import { newFrame, openDecoder, toJpeg } from './decoding.ts'
import { openInput } from './openInput.ts'
import { readOptions, type SnapshotOptions, type TakeSnapshot } from './readOptions.ts'
import type { SourceAddress } from './sourceAddress.ts'

/** After this many video packets without a picture the stream is given up: about two minutes at 25/s. */
const maxPackets = 3_000
/**
 * Codecs whose key frames FFmpeg marks in every container (for H.264 see also `isIntraPicture`). Packets before the first one would be decoded at full cost for
 * nothing. Of other codecs everything is decoded, and the decoder says which picture depends on no other: what MPEG-4 makes before that one is grey.
 */
const marksKeys: ReadonlySet<number> = new Set([AV_CODEC_ID_H264, AV_CODEC_ID_HEVC])
const jpegQuality = 80
const nothing = new Uint8Array()

/** The parts of an opened input that say what it holds. */
interface OpenedFormat {
  readonly iformat: Pick<InputFormat, 'name'> | null
  readonly streams: readonly { readonly codecpar: Pick<CodecParameters, 'codecId'> }[]
}

/**
 * Whether the server described how the pictures of this track are encoded, as RTSP servers do. They can then be decoded without inspecting the stream, for which
 * FFmpeg would decode everything before the first key frame.
 */
export function isDescribed({ streams, iformat }: OpenedFormat, track: number): boolean {
  const codecId = streams[track]?.codecpar.codecId
  return iformat?.name === 'rtsp' && codecId !== undefined && marksKeys.has(codecId)
}

export async function takeSnapshot(source: SourceAddress, { widthPx, signal, ...limits }: SnapshotOptions): ReturnType<TakeSnapshot> {
  await using input = openInput(source, readOptions(source, limits), signal)
  const { format, packet, failed } = input
  const frame = newFrame()
  let decoder: CodecContext | null = null
  try {
    const opened = await input.open()
    if (opened < 0) return failed(opened, 'opening')
    if (!isDescribed(format, format.findBestStream(AVMEDIA_TYPE_VIDEO))) {
      const found = await format.findStreamInfo(null)
      if (found < 0) return failed(found, 'inspecting')
    }
    const index = format.findBestStream(AVMEDIA_TYPE_VIDEO)
    const stream = index < 0 ? undefined : format.streams[index]
    if (!stream) return err({ kind: signal.aborted ? 'cancelled' : 'noVideo' })
    for (const other of format.streams) if (other.index !== index) other.discard = AVDISCARD_ALL
    const ready = openDecoder(stream)
    if (!ready.ok) return ready
    decoder = ready.value

    let isDecoded = false
    const { codecId, extradata } = stream.codecpar
    // H.264 in length-prefixed units can't be parsed by `isIntraPicture`; containers with those mark all key frames.
    let hasKey = !marksKeys.has(codecId) || (codecId === AV_CODEC_ID_H264 && extradata?.[0] === 1)
    let packetBytes = 0
    for (let count = 0; !isDecoded && count < maxPackets; ) {
      const read = await format.readFrame(packet)
      if (signal.aborted) return err({ kind: 'cancelled' })
      if (read < 0 && read !== AVERROR_EOF) return failed(read, 'reading')
      if (read >= 0) packetBytes += packet.size
      if (read >= 0 && packet.streamIndex !== index) {
        packet.unref()
        continue
      }
      count++
      hasKey ||= (packet.flags & AV_PKT_FLAG_KEY) !== 0 || (codecId === AV_CODEC_ID_H264 && isIntraPicture(packet.data ?? nothing))
      if (read >= 0 && !hasKey) {
        packet.unref()
        continue
      }
      // At the end of the stream the decoder returns the pictures that it held back.
      const sent = await decoder.sendPacket(read < 0 ? null : packet)
      packet.unref()
      // Broken packets are normal when joining in the middle of a stream; the next key frame fixes that. One that may be whole, but comes before the size of
      // its picture, is an invalid argument.
      if (sent < 0 && sent !== AVERROR_EAGAIN && sent !== AVERROR_INVALIDDATA && sent !== AVERROR_EINVAL) return failed(sent, 'decoding')
      while (!isDecoded && (await decoder.receiveFrame(frame)) >= 0)
        isDecoded = marksKeys.has(codecId) || frame.keyFrame !== 0 || frame.pictType === AV_PICTURE_TYPE_I
      if (read < 0 && !isDecoded) return err({ kind: 'undecodable', because: 'endedEarly' })
    }
    if (!isDecoded) return err({ kind: 'undecodable', because: 'noWholePicture' })

    // Filters want a time base, which low-level decoding leaves unset.
    frame.timeBase = stream.timeBase
    const made = await toJpeg(frame, widthPx, jpegQuality)
    const bytesRead = Math.max(packetBytes, Number(format.pbBytes))
    return ok({ ...made, codec: avGetCodecName(codecId) ?? 'unknown', bytesRead })
  } finally {
    frame.free()
    decoder?.freeContext()
  }
}

/** The unsigned Exp-Golomb number of H.264 (9.1) at this bit, and the position after it. */
function readNumber(bytes: Uint8Array, from: number): { readonly value: number; readonly behind: number } {
  const bit = (at: number) => ((bytes[at >> 3] ?? 0xff) >> (7 - (at & 7))) & 1
  let zeros = 0
  while (bit(from + zeros) === 0) zeros++
  let value = 1
  for (let at = 1; at <= zeros; at++) value = 2 * value + bit(from + zeros + at)
  return { value: value - 1, behind: from + 2 * zeros + 1 }
}

/**
 * Whether an H.264 picture, in units with start codes, begins with a slice that depends on no other picture. Encoders may send such a picture without marking
 * it as a point to begin decoding; FFmpeg then does not flag it as a key frame either, but outputs pictures from there on.
 */
export function isIntraPicture(packet: Uint8Array): boolean {
  for (let at = packet.indexOf(1); at >= 0; at = packet.indexOf(1, at + 1)) {
    if (at < 2 || packet[at - 1] !== 0 || packet[at - 2] !== 0) continue
    const unit = (packet[at + 1] ?? 0) & 0x1f
    if (unit === 5) return true
    // A slice or its first partition begins with the number of its first macroblock and its type; types 2 and 7 are I.
    if (unit === 1 || unit === 2) {
      const header = packet.subarray(at + 2, at + 12)
      return readNumber(header, readNumber(header, 0).behind).value % 5 === 2
    }
  }
  return false
}
