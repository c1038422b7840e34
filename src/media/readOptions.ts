import type { MediaError, WholeSnapshotRequest } from '../shared/media.ts'
import type { Result } from '../shared/result.ts'
import { allowedFormats, type SourceAddress, streamFormats } from './sourceAddress.ts'

export interface Picture {
  readonly jpeg: Uint8Array<ArrayBuffer>
  readonly widthPx: number
  readonly heightPx: number
  readonly codec: string
  /**
   * Bytes read from the network: the media packets of all tracks, including those that were only inspected. Not included are headers of RTP, RTSP, HTTP and
   * lower layers, retransmissions, and data that had arrived but was not read when the picture was complete; with ffmpeg over RTSP, neither are packets inspected
   * before the first picture. null: ffmpeg did not report it.
   */
  readonly bytesRead: number | null
}

export type ReadLimits = Pick<WholeSnapshotRequest, 'userAgent' | 'timeoutMs' | 'answerMs'>

export type SnapshotOptions = ReadLimits & { readonly widthPx: number; readonly signal: AbortSignal }

/**
 * Reads the source until its first complete picture and converts it to JPEG. Aborting the signal ends the current read;
 * the answer is then `cancelled`, and the caller knows why.
 */
export type TakeSnapshot = (source: SourceAddress, options: SnapshotOptions) => Promise<Result<Picture, MediaError>>

/** Pictures larger than 8K are refused before memory is allocated for them. */
export const maxPixels = 7680 * 4320

/** A picture is at most this many times as tall as it may be wide. */
export const mostTall = 4

/** FFmpeg's receive buffer for UDP, packets of 188 bytes: more than a second of 8 Mbit/s. */
const udpPackets = '8192'

const directOptions = ({ host }: NonNullable<SourceAddress['direct']>): Record<string, string> => ({
  format_whitelist: streamFormats,
  protocol_whitelist: 'http,tcp',
  max_redirects: '0',
  headers: `Host: ${host}\r\n`,
})

/** FFmpeg's own options for reading `source`, the same for each backend. */
export function readOptions(source: SourceAddress, { userAgent, timeoutMs, answerMs = timeoutMs }: ReadLimits): Record<string, string> {
  const silentUs = String(answerMs * 1_000)
  // `fpsprobesize` 0: inspection ends with the headers. To measure the frame rate, FFmpeg would decode a second of pictures.
  const common = { protocol_whitelist: source.protocols, format_whitelist: allowedFormats, probesize: '2000000', analyzeduration: '1500000', fpsprobesize: '0' }
  switch (source.scheme) {
    case 'rtsp':
    case 'rtsps':
      return { ...common, rtsp_transport: 'tcp', timeout: silentUs, user_agent: userAgent }
    case 'http':
    case 'https':
      // `max_reload`: a muxer that has just started may have a first segment without a key frame and a target duration of 0; FFmpeg then reloads every 100 ms.
      return {
        ...common,
        rw_timeout: silentUs,
        user_agent: userAgent,
        max_reload: '1000',
        live_start_index: '-2',
        ...(source.proxy !== undefined && { http_proxy: source.proxy }),
        ...(source.header !== undefined && { headers: source.header }),
        ...(source.direct !== undefined && directOptions(source.direct)),
      }
    case 'rtmp':
    case 'rtmps':
      return { ...common, rw_timeout: silentUs }
    case 'srt':
      return { ...common, ...source.parameters, connect_timeout: String(answerMs), timeout: silentUs, listen_timeout: silentUs }
    case 'whep':
    case 'wheps':
      // We send these packets ourselves, to loopback only; those sent to other addresses of this machine are ignored.
      return { ...common, localaddr: '127.0.0.1' }
    case 'udp':
      return { ...common, ...source.parameters, timeout: silentUs, fifo_size: udpPackets, overrun_nonfatal: '1' }
  }
}
