/** FFmpeg takes some 10 kB for each variant or rendition in a master playlist and never frees it. No genuine playlist has more than this. */
const mostNamed = 200
const longestPlaylistBytes = 10_000_000
/** Maximum lengths of a response head and of a chunk size line, characters: no media server sends longer ones. */
const longestHead = 65_536
const longestSizeLine = 1_024
/** Maximum characters before #EXTM3U, such as a byte order mark. */
const longestLead = 32

const namesOne = /#EXT-X-(?:STREAM-INF|MEDIA):/g
/** Encodings that FFmpeg would decompress. */
const isCompressed = /^content-encoding:[ \t]*(?:x-)?(?:gzip|deflate)\b/im
const isChunked = /^transfer-encoding:.*\bchunked\b/im
/** Interim response (1xx): another head follows. */
const isInterim = /^HTTP\/\S+ 1\d\d\b/
/** FFmpeg ends a line at its line feed. */
const endOfHead = /\r?\n\r?\n/
/** Maximum part of a tag that may be split between two pieces. */
const longestTag = '#EXT-X-STREAM-INF:'.length - 1

/** Whether a master playlist references too many playlists to be read. */
export function namesTooMany(text: string): boolean {
  return (text.match(namesOne)?.length ?? 0) > mostNamed
}

/** Removes the size lines between chunks. Returns null if a size line is too long to be one. */
function createUnchunker(): (piece: string) => string | null {
  let left = 0
  let line = ''
  return (piece) => {
    let body = ''
    for (let at = 0; at < piece.length; ) {
      if (left > 0) {
        const chunk = piece.slice(at, at + left)
        body += chunk
        left -= chunk.length
        at += chunk.length
        continue
      }
      const end = piece.indexOf('\n', at)
      line += piece.slice(at, end < 0 ? piece.length : end)
      if (line.length > longestSizeLine) return null
      if (end < 0) break
      at = end + 1
      // A chunk is followed by an empty line.
      if (line.trim() !== '') left = Number.parseInt(line, 16) || 0
      line = ''
    }
    return body
  }
}

/** Scans a server's responses, piece by piece, for playlists that would exhaust memory. */
export function createPlaylistGuard() {
  let kind: 'head' | 'unknown' | 'playlist' | 'other' = 'head'
  let text = ''
  let bytes = 0
  let named = 0
  let unchunk: ((piece: string) => string | null) | null = null
  const begin = () => {
    kind = 'head'
    text = ''
    bytes = 0
    named = 0
    unchunk = null
  }
  /** Returns the beginning of the body; null: the head is incomplete. Leaves `kind` as is if the body is compressed: FFmpeg does not ask for that. */
  const behindHead = (): string | null => {
    const end = endOfHead.exec(text)
    if (end === null) return null
    const head = text.slice(0, end.index + 1)
    const body = text.slice(end.index + end[0].length)
    if (isInterim.test(head)) {
      text = body
      return behindHead()
    }
    text = ''
    if (isCompressed.test(head)) return ''
    kind = 'unknown'
    if (isChunked.test(head)) unchunk = createUnchunker()
    return body
  }
  const decide = () => {
    const begins = text.indexOf('#EXTM3U')
    if (begins >= 0 && begins <= longestLead) kind = 'playlist'
    else if (text.length > longestLead + '#EXTM3U'.length) kind = 'other'
  }
  const count = (): void => {
    named += text.match(namesOne)?.length ?? 0
    // Complete tags have been counted; keep only a tag that may continue in the next piece.
    const last = text.slice(-longestTag)
    text = last.slice(last.lastIndexOf('#') < 0 || last.includes(':', last.lastIndexOf('#')) ? last.length : last.lastIndexOf('#'))
  }
  const isTooMuchBody = (body: string): boolean => {
    text += body
    if (kind === 'unknown') decide()
    if (kind === 'other') text = ''
    if (kind !== 'playlist') return false
    count()
    return named > mostNamed || bytes > longestPlaylistBytes
  }
  return {
    /** Called when another request was sent: its response comes next. */
    asked: begin,
    /** Returns true if it is an excessive playlist, or a response that can't be scanned. */
    isTooMuch: (piece: Uint8Array): boolean => {
      if (kind === 'other') return false
      bytes += piece.byteLength
      let added = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1')
      if (kind === 'head') {
        text += added
        const rest = behindHead()
        if (rest === null) return text.length > longestHead
        if (kind === 'head') return true
        added = rest
      }
      const body = unchunk === null ? added : unchunk(added)
      if (body === null) return true
      return isTooMuchBody(body)
    },
  }
}
