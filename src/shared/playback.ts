import { isPlainPath } from './isPlainPath.ts'
import { askedMs } from './time.ts'

// Recordings as they are played or downloaded: a plain address under the console's own origin.

/** Longest piece of a recording in one answer, ms. */
export const longestPlaybackMs = 6 * 3_600_000
const longestPath = 1_024
const longestServer = 200

/** A piece of a stream's recording. */
export interface PlaybackPiece {
  /** Name or id. */
  readonly server: string
  readonly path: string
  /** Epoch ms. */
  readonly since: number
  readonly until: number
  /** As a file, and not to be watched at once. */
  readonly download: boolean
}

/** Its address. */
export function playbackAddress({ server, path, since, until, download }: PlaybackPiece): string {
  const asked = { server, path, since: String(Math.round(since)), until: String(Math.round(until)), ...(download && { download: 'true' }) }
  const query = Object.entries(asked).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `/relay/recordings?${query.join('&')}`
}

/** What an address asks for; null: it names no stream, or no time that is one. */
export function playbackAsked(params: { readonly get: (name: string) => string | null }): PlaybackPiece | null {
  const server = params.get('server') ?? ''
  const path = params.get('path') ?? ''
  const [since, until] = [askedMs.safeParse(params.get('since') ?? ''), askedMs.safeParse(params.get('until') ?? '')]
  if (server === '' || server.length > longestServer || !isPathName(path) || !since.success || !until.success) return null
  const lengthMs = until.data - since.data
  return lengthMs > 0 && lengthMs <= longestPlaybackMs
    ? { server, path, since: since.data, until: until.data, download: params.get('download') === 'true' }
    : null
}

const isPathName = (path: string): boolean => path !== '' && path.length <= longestPath && isPlainPath(path)
