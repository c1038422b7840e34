import type { MediaError } from '../shared/media.ts'
import type { Result } from '../shared/result.ts'
import { allowedFormats, type SourceAddress } from './sourceAddress.ts'

export interface Picture {
  readonly jpeg: Uint8Array<ArrayBuffer>
  readonly widthPx: number
  readonly heightPx: number
  readonly codec: string
}

/**
 * Reads the source until its first complete picture and converts it to JPEG. Aborting the signal ends the current read;
 * the answer is then `cancelled`, and the caller knows why.
 */
export type TakeSnapshot = (
  source: SourceAddress,
  options: { readonly widthPx: number; readonly userAgent: string; readonly timeoutMs: number; readonly signal: AbortSignal },
) => Promise<Result<Picture, MediaError>>

/** Pictures larger than 8K are refused before memory is allocated for them. */
export const maxPixels = 7680 * 4320

/** FFmpeg's own options for reading `source`, the same for each backend. */
export function readOptions(source: SourceAddress, userAgent: string, timeoutMs: number): Record<string, string> {
  const limitUs = String(timeoutMs * 1_000)
  const common = { protocol_whitelist: source.protocols, format_whitelist: allowedFormats, probesize: '2000000', analyzeduration: '1500000' }
  switch (source.scheme) {
    case 'rtsp':
    case 'rtsps':
      return { ...common, rtsp_transport: 'tcp', timeout: limitUs, user_agent: userAgent }
    case 'http':
    case 'https':
      return { ...common, rw_timeout: limitUs, user_agent: userAgent, max_reload: '5', live_start_index: '-2' }
    case 'rtmp':
    case 'rtmps':
      return { ...common, rw_timeout: limitUs }
    case 'srt':
      return { ...common, connect_timeout: String(timeoutMs), timeout: limitUs }
  }
}
