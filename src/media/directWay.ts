import { isIP } from 'node:net'
import type { MediaError } from '../shared/media.ts'
import type { FoundAddress, SourceAddress } from './sourceAddress.ts'

/** Paths of playlists, which FFmpeg refuses on the direct way. */
export const playlistPath = /\.m3u8?$/i

/** Host and port, after the scheme and any user and password, which may contain an @, too. */
const hostAndPort = /^(http:\/\/(?:[^/?#]*@)?)[^/?#@]+/i

/**
 * How FFmpeg reads a stream over HTTP without the proxy: by one connection to the address that was checked, whatever a second look-up of its name would say,
 * and to no other. Playlists and redirects can't be read so (see `mayNeedProxy`), nor can TLS, which needs the name. null: this stream can't be read directly.
 */
export function directWay({ source }: FoundAddress, address: string | null): SourceAddress | null {
  if (source.scheme !== 'http' || address === null || isIP(address) === 0) return null
  const { pathname, host, port } = new URL(source.url)
  if (playlistPath.test(pathname)) return null
  // Even if the host is an address already: FFmpeg may parse the same text differently.
  const checked = `${isIP(address) === 6 ? `[${address}]` : address}${port === '' ? '' : `:${port}`}`
  return { ...source, url: source.url.replace(hostAndPort, (_, before: string) => before + checked), direct: { host } }
}

/** Whether a direct read may have failed because the stream is a playlist or a redirect: FFmpeg's error does not tell. */
export function mayNeedProxy(error: MediaError): boolean {
  return error.kind === 'undecodable' || (error.kind === 'unreachable' && error.doing === 'opening')
}
