import type { WholeProbeRequest } from '../shared/media.ts'
import { readOptions } from './readOptions.ts'
import type { SourceAddress } from './sourceAddress.ts'

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
