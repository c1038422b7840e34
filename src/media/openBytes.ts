import { AVERROR_EAGAIN, AVERROR_EOF } from 'node-av/constants'
import { createSystemClock, sleep } from '../clock/clock.ts'
import type { MediaError } from '../shared/media.ts'
import { ok, type Result } from '../shared/result.ts'
import { openInput } from './openInput.ts'
import type { SourceAddress } from './sourceAddress.ts'

/** A stream whose bytes are read as they were sent. */
interface Bytes {
  /**
   * Gives them out as they come, until the signal aborts, or the stream ends (null) or breaks off. Then it is closed. It is read without a pause while
   * `isUrgent`.
   */
  readonly read: (onBytes: (bytes: Buffer) => void, isUrgent: () => boolean) => Promise<MediaError | null>
}
export type OpenBytes = typeof openBytes

const clock = createSystemClock()
/** FFmpeg's demuxer that gives out bytes. */
const demuxer = 'data'
/** Largest payload of a datagram of SRT, bytes: each is read at once. */
const datagramBytes = 1_456
/** A read that waits holds a thread. After one that took longer, so long a pause is made, ms; what comes meanwhile waits in SRT's buffer. */
const waitedMs = 2
const pauseMs = 50

/** Opens a stream with node-av, to be read to its end: what it has of FFmpeg is freed by reading. */
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
        // Its memory is used again for what comes next.
        if (read >= 0 && packet.data !== null) onBytes(Buffer.from(packet.data))
        packet.unref()
        // On a busy machine a read of what is there takes as long as one that waits.
        const mayPause = read < 0 || (clock.monotonic() - askedAt > waitedMs && !isUrgent())
        if (mayPause) await sleep(clock, pauseMs, signal).catch(() => {})
      }
      return null
    },
  })
}
