import { AVERROR_EAGAIN, AVERROR_EOF } from 'node-av/constants'
import { createSystemClock, sleep } from '../clock/clock.ts'
import type { MediaError } from '../shared/media.ts'
import { ok, type Result } from '../shared/result.ts'
import { openInput } from './openInput.ts'
import type { SourceAddress } from './sourceAddress.ts'

/** A stream that is read as bytes, as they were sent. */
interface Bytes {
  /**
   * Calls `onBytes` with data as it arrives, until the signal aborts, or the stream ends (null) or breaks off, and then closes it. While `isUrgent`, it is
   * read without pauses.
   */
  readonly read: (onBytes: (bytes: Buffer) => void, isUrgent: () => boolean) => Promise<MediaError | null>
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

/** Opens a stream with node-av. Call `read` in any case: it also frees FFmpeg's memory. */
export async function openBytes(source: SourceAddress, options: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Result<Bytes, MediaError>> {
  const input = openInput(source, { ...options, format_whitelist: demuxer, raw_packet_size: String(datagramBytes) }, signal, demuxer)
  const { format, packet, failed } = input
  const opened = await input.open()
  if (opened < 0) {
    await input[Symbol.asyncDispose]()
    return failed(opened, 'opening')
  }
  return ok({
    read: async (onBytes, isUrgent) => {
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
