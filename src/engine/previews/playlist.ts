/** A file below a path, as MediaMTX names playlists, parts and segments: one flat name, no folders. */
export const flatFile = /^[\w-][\w.-]*\.[\w-]+$/

/** Outcome of `relativePlaylist`. */
export type RelativePlaylist = { readonly kind: 'relative'; readonly text: string } | { readonly kind: 'elsewhere'; readonly uri: string }

/**
 * Makes every address of a playlist relative to it, so that the player asks the relay for it. MediaMTX's own
 * are relative already; a proxy in front may write whole ones. One that lies outside the path's folder can't
 * be relayed.
 */
export const relativePlaylist = (text: string, playlistUrl: string): RelativePlaylist => {
  const folder = new URL('.', playlistUrl)
  let elsewhere: string | null = null
  const relative = (uri: string): string => {
    const [file = '', ...query] = uri.split('?')
    if (flatFile.test(file)) return uri
    let url: URL
    try {
      url = new URL(uri, playlistUrl)
    } catch {
      elsewhere ??= uri
      return uri
    }
    const name = url.pathname.slice(folder.pathname.length)
    if (url.origin !== folder.origin || !url.pathname.startsWith(folder.pathname) || !flatFile.test(name)) {
      elsewhere ??= uri
      return uri
    }
    return query.length > 0 ? `${name}${url.search}` : name
  }
  // Players end lines at each of these, and read addresses without quotes too.
  const lines = text.split(/\r\n|\r|\n/).map((line) => {
    if (line.startsWith('#') && /\bURI\s*=(?!")/.test(line)) elsewhere ??= line
    if (line.startsWith('#')) return line.replace(/\bURI="([^"]*)"/g, (_all, uri: string) => `URI="${relative(uri)}"`)
    return line.trim() === '' ? line : relative(line.trim())
  })
  return elsewhere === null ? { kind: 'relative', text: lines.join('\n') } : { kind: 'elsewhere', uri: elsewhere }
}
