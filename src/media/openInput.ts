import { AV_LOG_QUIET, AVERROR_EXIT, AVERROR_HTTP_FORBIDDEN, AVERROR_HTTP_NOT_FOUND, AVERROR_HTTP_UNAUTHORIZED, AVERROR_INVALIDDATA } from 'node-av/constants'
import { Dictionary, FFmpegError, FormatContext, InputFormat, Log, Packet } from 'node-av/lib'
import type { MediaError, MediaStep } from '../shared/media.ts'
import { redactText } from '../shared/redact.ts'
import { err } from '../shared/result.ts'
import type { SourceAddress } from './sourceAddress.ts'

// FFmpeg's own log is off because it contains addresses with their passwords.
Log.setLevel(AV_LOG_QUIET)

/** A stream that is read with node-av, into one reused packet. Aborting the signal interrupts a blocking call for good. */
export interface Input {
  readonly format: FormatContext
  readonly packet: Packet
  /** Opens it; below 0: FFmpeg's error code. */
  readonly open: () => Promise<number>
  /** The error of a failed step: `cancelled` if it was aborted. */
  readonly failed: (code: number, doing: MediaStep) => ReturnType<typeof err<MediaError>>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** `demuxer`: FFmpeg's name of the demuxer; null: FFmpeg detects it. */
export function openInput(source: SourceAddress, options: Readonly<Record<string, string>>, signal: AbortSignal, demuxer: string | null = null): Input {
  const format = new FormatContext()
  format.allocContext()
  const dictionary = Dictionary.fromObject(options)
  const packet = new Packet()
  packet.alloc()
  const onAbort = () => format.interrupt()
  signal.addEventListener('abort', onAbort, { once: true })
  return {
    format,
    packet,
    // An interrupt before opening has no effect, so the signal is checked here.
    open: async () =>
      signal.aborted ? AVERROR_EXIT : await format.openInput(source.url, demuxer === null ? null : InputFormat.findInputFormat(demuxer), dictionary),
    failed: (code, doing) => err(signal.aborted || code === AVERROR_EXIT ? { kind: 'cancelled' } : toError(code, doing)),
    [Symbol.asyncDispose]: async () => {
      signal.removeEventListener('abort', onAbort)
      packet.free()
      await format.closeInput()
      dictionary.free()
    },
  }
}

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
