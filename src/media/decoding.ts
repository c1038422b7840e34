import { FilterAPI, Scaler } from 'node-av/api'
import { Codec, CodecContext, FFmpegError, Frame, type Packet, type Stream } from 'node-av/lib'
import type { Evidence, MediaError } from '../shared/media.ts'
import { redactText } from '../shared/redact.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { jpegFilters, maxPixels } from './readOptions.ts'

/** A decoder for this stream, in one thread, which refuses pictures of more than `maxPixels`. The caller frees it. */
export function openDecoder({ codecpar }: Stream): Result<CodecContext, MediaError> {
  const codec = Codec.findDecoder(codecpar.codecId)
  if (!codec) return err({ kind: 'undecodable', because: 'noDecoder' })
  const decoder = new CodecContext()
  decoder.allocContext3(codec)
  decoder.parametersToContext(codecpar)
  decoder.threadCount = 1
  decoder.setOption('max_pixels', String(maxPixels))
  const opened = decoder.open2Sync(codec, null)
  if (opened >= 0) return ok(decoder)
  decoder.freeContext()
  return err({ kind: 'decoderFailed', said: redactText(new FFmpegError(opened).message) })
}

export function newFrame(): Frame {
  const frame = new Frame()
  frame.alloc()
  return frame
}

/** Decodes a picture that needs no other into `frame`, with a decoder of its own: a kept one would hold 15 MB between two pictures of 1080p. false: it can't. */
export async function decodePicture(stream: Stream, packet: Packet, frame: Frame): Promise<boolean> {
  const opened = openDecoder(stream)
  if (!opened.ok) return false
  const decoder = opened.value
  try {
    await decoder.sendPacket(packet)
    // Drained, so that the picture is not held back until the next key frame.
    await decoder.sendPacket(null)
    return (await decoder.receiveFrame(frame)) >= 0
  } finally {
    decoder.freeContext()
  }
}

/** Decodes the sound of a stream: the frames of a packet, each of which counts until the next. None where it can't be decoded. */
export function openSound(stream: Stream) {
  const opened = openDecoder(stream)
  const decoder = opened.ok ? opened.value : null
  const frame = newFrame()
  return {
    frames: function* (packet: Packet) {
      if (decoder === null || decoder.sendPacketSync(packet) < 0) return
      while (decoder.receiveFrameSync(frame) >= 0) {
        yield frame
        frame.unref()
      }
    },
    [Symbol.dispose]: () => {
      frame.free()
      decoder?.freeContext()
    },
  }
}

/** Makes a JPEG no wider than wanted. `Scaler` writes the full range of brightness into its header, but does not convert to it: a filter does that. */
export async function toJpeg(picture: Frame, widthPx: number, quality: number): Promise<Evidence> {
  using filter = FilterAPI.create(jpegFilters(widthPx, 'yuv420p'), { graph: { nbThreads: 1 } })
  using scaler = new Scaler()
  await filter.process(picture)
  const made = await filter.receive()
  if (!(made instanceof Frame)) throw new Error('FFmpeg returned no picture')
  using whole = made
  return { jpeg: Uint8Array.from(await scaler.toJpeg(whole, { quality })), widthPx: whole.width, heightPx: whole.height }
}
