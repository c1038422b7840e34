/** A file below a path, as MediaMTX names playlists, parts and segments: one flat name, no folders. */
export const flatFile = /^[\w-][\w.-]*\.[\w-]+$/

/** Outcome of `relativePlaylist`. */
type RelativePlaylist =
  | { readonly kind: 'relative'; readonly text: string }
  | { readonly kind: 'elsewhere'; readonly uri: string }
  | { readonly kind: 'tooLong' }

/** Each address costs some microseconds; 2,000 parts of 200 ms are more than six minutes. */
const mostAddresses = 2_000

class Elsewhere extends Error {
  readonly uri: string
  constructor(uri: string) {
    super('a playlist leads elsewhere')
    this.uri = uri
  }
}

/**
 * Makes every address of a playlist relative to it, so that the player requests it from the relay. MediaMTX's own
 * are relative already, but a proxy in front may write absolute ones. An address outside the path's folder can't
 * be relayed; the first one ends the conversion.
 */
export function relativePlaylist(text: string, playlistUrl: string): RelativePlaylist {
  const folder = new URL('.', playlistUrl)
  const relative = (uri: string): string => {
    const [file = '', ...query] = uri.split('?')
    if (flatFile.test(file)) return uri
    if (!URL.canParse(uri, playlistUrl)) throw new Elsewhere(uri)
    const url = new URL(uri, playlistUrl)
    const name = url.pathname.slice(folder.pathname.length)
    if (url.origin !== folder.origin || !url.pathname.startsWith(folder.pathname) || !flatFile.test(name)) throw new Elsewhere(uri)
    return query.length > 0 ? `${name}${url.search}` : name
  }
  let addresses = 0
  const lines: string[] = []
  try {
    // Players treat each of these as a line end, and accept addresses without quotes, too.
    for (const line of text.split(/\r\n|\r|\n/)) {
      addresses += line.startsWith('#') ? line.split('URI').length - 1 : 1
      if (addresses > mostAddresses) return { kind: 'tooLong' }
      if (line.startsWith('#') && /\bURI\s*=(?!")/.test(line)) throw new Elsewhere(line)
      if (line.startsWith('#')) lines.push(line.replace(/\bURI="([^"]*)"/g, (_all, uri: string) => `URI="${relative(uri)}"`))
      else lines.push(line.trim() === '' ? line : relative(line.trim()))
    }
  } catch (error) {
    if (error instanceof Elsewhere) return { kind: 'elsewhere', uri: error.uri }
    throw error
  }
  return { kind: 'relative', text: lines.join('\n') }
}
