import { Codec, CodecContext, FFmpegError, type Stream } from 'node-av/lib'
import type { MediaError } from '../shared/media.ts'
import { redactText } from '../shared/redact.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { maxPixels } from './readOptions.ts'

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
