import type { MediaError, Snapshot, WholeProbeRequest, WholeSnapshotRequest } from '../shared/media.ts'
import type { Result } from '../shared/result.ts'
import { allowedFormats, type SourceAddress, streamFormats } from './sourceAddress.ts'

export type ReadLimits = Pick<WholeSnapshotRequest, 'userAgent' | 'timeoutMs' | 'answerMs'>

export type SnapshotOptions = ReadLimits & { readonly widthPx: number; readonly signal: AbortSignal }

/**
 * Reads the source until its first complete picture and converts it to JPEG. Aborting the signal ends the current read;
 * the answer is then `cancelled`, and the caller knows why.
 */
export type TakeSnapshot = (source: SourceAddress, options: SnapshotOptions) => Promise<Result<Omit<Snapshot, 'tookMs'>, MediaError>>

/** Pictures larger than 8K are refused before memory is allocated for them. */
export const maxPixels = 7680 * 4320

/** A picture is at most this many times as tall as it may be wide. */
const mostTall = 4

const even = (value: string) => `2*max(1\\,round((${value})/2))`
/** Width and height of FFmpeg's `scale`: no wider than wanted, no taller than `mostTall` times that, even, and never enlarged. */
export function scaledTo(widthPx: number): string {
  return `w=${even(`min(min(${widthPx}\\,iw)\\,iw*${mostTall * widthPx}/ih)`)}:h=${even('ih*ow/iw')}`
}
/** Filters that make a picture one for a JPEG, no wider than wanted. A JPEG has the full range of brightness. */
export function jpegFilters(widthPx: number, pixelFormat: 'yuv420p' | 'yuvj420p'): string {
  return [unspecifiedColours, `scale=${scaledTo(widthPx)}:out_range=pc`, `format=${pixelFormat}`].join(',')
}
/** Reserved colours, which MediaMTX writes into VP9 of HLS, are refused by FFmpeg's conversions; unspecified ones are not. */
export const unspecifiedColours = 'setparams=color_primaries=unknown:color_trc=unknown'

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

/** FFmpeg's timeouts are longer than ours by this, ms, because ours tell more precisely what was waited for. */
const laterMs = 1_000

/** A live playlist without news is reloaded for as long as the probe waits; FFmpeg's default is a thousand times. */
const endlessReloads = { max_reload: '1000000000', m3u8_hold_counters: '1000000000' } as const

/** FFmpeg's own options for measuring `source`, the same for each backend. Inspecting ends as soon as the headers are known. */
export function probeOptions(source: SourceAddress, { userAgent, answerMs, checkMs }: WholeProbeRequest): Record<string, string> {
  return {
    ...readOptions(source, { userAgent, timeoutMs: answerMs + laterMs }),
    ...((source.scheme === 'http' || source.scheme === 'https') && endlessReloads),
    probesize: '5000000',
    analyzeduration: String(checkMs * 1_000),
  }
}

/** Maximum lead over real time when reading a file or a long playlist, ms. */
export const mostAheadMs = 60_000

const reportsTimes: ReadonlySet<SourceAddress['scheme']> = new Set(['rtsp', 'rtsps', 'whep', 'wheps'])
/** Whether FFmpeg corrects the stream's timestamps when the sender's first report arrives. */
export function settles({ scheme }: SourceAddress): boolean {
  return reportsTimes.has(scheme)
}

/** A name from FFmpeg as readings have it: null if empty, and not too long. */
export function named(name: string | null | undefined): string | null {
  return name === null || name === undefined || name === '' ? null : name.slice(0, 100)
}

/** Width to height as a picture is shown, such as `16:9`; `num` and `den`: of one pixel, 0: square. */
export function aspectOf(width: number, height: number, num: number, den: number): string | null {
  const wide = width * (num > 0 && den > 0 ? num : 1)
  const tall = height * (num > 0 && den > 0 ? den : 1)
  if (!(wide > 0 && tall > 0)) return null
  const by = commonDivisor(wide, tall)
  return `${wide / by}:${tall / by}`
}

const commonDivisor = (one: number, other: number): number => (other === 0 ? one : commonDivisor(other, one % other))

/** FFmpeg's words for what it was told when it opened a stream, by which protocols that have no status of their own are understood. */
const ended = 'Input/output error'
const status = 'Operation not permitted'

/**
 * What a server that ended the opening of a stream meant. By SRT FFmpeg gives no reject reason, and MediaMTX has the same one for all; by RTMP it closes the
 * connection, or says by a status that it plays nothing to this user. A server that is not there gives no such answer.
 */
export function refusalOf({ scheme, parameters }: Pick<SourceAddress, 'scheme' | 'parameters'>, error: MediaError): MediaError {
  if (error.kind !== 'unreachable' || error.doing !== 'opening') return error
  if (scheme === 'srt' && parameters.mode !== 'listener' && error.said === ended) return { kind: 'refused' }
  if (scheme !== 'rtmp' && scheme !== 'rtmps') return error
  return error.said === status ? { kind: 'unauthorized' } : error.said === ended ? { kind: 'refused' } : error
}
