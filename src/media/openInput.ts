import {
  AV_LOG_QUIET,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVERROR_EXIT,
  AVERROR_HTTP_BAD_REQUEST,
  AVERROR_HTTP_FORBIDDEN,
  AVERROR_HTTP_NOT_FOUND,
  AVERROR_HTTP_UNAUTHORIZED,
  AVERROR_INVALIDDATA,
} from 'node-av/constants'
import { Dictionary, FFmpegError, FormatContext, InputFormat, Log, Packet } from 'node-av/lib'
import { createSystemClock, sleep } from '../clock/clock.ts'
import type { MediaError, MediaStep } from '../shared/media.ts'
import { redactText } from '../shared/redact.ts'
import { err, ok } from '../shared/result.ts'
import type { SourceAddress } from './sourceAddress.ts'

// FFmpeg's own log is off because it contains addresses with their passwords.
Log.setLevel(AV_LOG_QUIET)

/**
 * A stream that is read with node-av, into one reused packet. Aborting the signal interrupts a blocking call for good.
 * `demuxer`: FFmpeg's name of the demuxer; null: FFmpeg detects it.
 */
export function openInput(source: SourceAddress, options: Readonly<Record<string, string>>, signal: AbortSignal, demuxer: string | null = null) {
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
    open: async (): Promise<number> =>
      // An interrupt before opening has no effect, so the signal is checked here.
      signal.aborted ? AVERROR_EXIT : await format.openInput(source.url, demuxer === null ? null : InputFormat.findInputFormat(demuxer), dictionary),
    /** The error of a failed step: `cancelled` if it was aborted. */
    failed: (code: number, doing: MediaStep): ReturnType<typeof err<MediaError>> =>
      err(signal.aborted || code === AVERROR_EXIT ? { kind: 'cancelled' } : toError(code, doing)),
    [Symbol.asyncDispose]: async () => {
      signal.removeEventListener('abort', onAbort)
      packet.free()
      await format.closeInput()
      dictionary.free()
    },
  }
}
export type Input = ReturnType<typeof openInput>

function toError(code: number, doing: MediaStep): MediaError {
  switch (code) {
    case AVERROR_HTTP_UNAUTHORIZED:
    case AVERROR_HTTP_FORBIDDEN:
      return { kind: 'unauthorized' }
    case AVERROR_HTTP_NOT_FOUND:
    // MediaMTX's RTSP server has 400 for a path that is not configured, and 404 for one to which nothing is published.
    case AVERROR_HTTP_BAD_REQUEST:
      return { kind: 'notFound' }
    case AVERROR_INVALIDDATA:
      return { kind: 'undecodable', because: 'notMedia' }
  }
  return { kind: 'unreachable', doing, said: redactText(new FFmpegError(code).message) }
}

export type OpenBytes = typeof openBytes

const clock = createSystemClock()
/** FFmpeg's demuxer that outputs raw bytes. */
const demuxer = 'data'
/** Maximum payload of an SRT datagram, bytes: one read returns one datagram. */
const datagramBytes = 1_456
/** A read that waits holds a thread. After one that took longer than `waitedMs`, reading pauses; data meanwhile waits in SRT's buffer. All ms. */
const waitedMs = 2
const pauseMs = 50

/** Opens a stream with node-av that is read as bytes, as they were sent. Call `read` in any case: it also frees FFmpeg's memory. */
export async function openBytes(source: SourceAddress, options: Readonly<Record<string, string>>, signal: AbortSignal) {
  const input = openInput(source, { ...options, format_whitelist: demuxer, raw_packet_size: String(datagramBytes) }, signal, demuxer)
  const { format, packet, failed } = input
  const opened = await input.open()
  if (opened < 0) {
    await input[Symbol.asyncDispose]()
    return failed(opened, 'opening')
  }
  return ok({
    /**
     * Calls `onBytes` with data as it arrives, until the signal aborts, or the stream ends (null) or breaks off, and then closes it. While `isUrgent`, it is
     * read without pauses.
     */
    read: async (onBytes: (bytes: Buffer) => void, isUrgent: () => boolean): Promise<MediaError | null> => {
      await using _ = input
      while (!signal.aborted) {
        const askedAt = clock.monotonic()
        const read = await format.readFrame(packet)
        if (signal.aborted) break
        if (read === AVERROR_EOF) return null
        if (read < 0 && read !== AVERROR_EAGAIN) return failed(read, 'reading').error
        // Copied, because the packet's memory is reused.
        if (read >= 0 && packet.data !== null) onBytes(Buffer.from(packet.data))
        packet.unref()
        // On a busy machine, a read of available data takes as long as one that waits; hence `isUrgent`.
        const mayPause = read < 0 || (clock.monotonic() - askedAt > waitedMs && !isUrgent())
        if (mayPause) await sleep(clock, pauseMs, signal).catch(() => {})
      }
      return null
    },
  })
}
