import { isIP } from 'node:net'
import type { MediaError } from '../shared/media.ts'
import type { FoundAddress, SourceAddress } from './sourceAddress.ts'

/** What asks for a playlist: FFmpeg would refuse it on the direct way. */
export const playlistPath = /\.m3u8?$/i

/** Host and port, behind the scheme and a user with a password, which may hold an @ as well. */
const hostAndPort = /^(http:\/\/(?:[^/?#]*@)?)[^/?#@]+/i

/**
 * The way of FFmpeg to a stream over HTTP that is one connection to one address: to the one that was checked, not to what a name says the second time, and on
 * to no other. What is a playlist, or leads elsewhere, can't be read so (see `leadsOn`), nor can what comes through TLS, which needs the name. null: there is no
 * such way to this stream.
 */
export function directWay({ source }: FoundAddress, address: string | null): SourceAddress | null {
  if (source.scheme !== 'http' || address === null || isIP(address) === 0) return null
  const { pathname, host, port } = new URL(source.url)
  if (playlistPath.test(pathname)) return null
  // Also where the host is no name: FFmpeg may read another one in the same text.
  const checked = `${isIP(address) === 6 ? `[${address}]` : address}${port === '' ? '' : `:${port}`}`
  return { ...source, url: source.url.replace(hostAndPort, (_, before: string) => before + checked), direct: { host } }
}

/** Whether a read on the direct way may have failed because the stream is a playlist, or a redirect: FFmpeg says of neither what it is. */
export function leadsOn(error: MediaError): boolean {
  return error.kind === 'undecodable' || (error.kind === 'unreachable' && error.doing === 'opening')
}
