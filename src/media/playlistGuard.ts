/** FFmpeg takes some 10 kB of memory for each variant or rendition that a master playlist names, and gives none of it back: more than these are none of a player's. */
const mostNamed = 200
const longestPlaylistBytes = 10_000_000
/** A head that is longer, or a size of chunked encoding that is, is none of a media server's, letters. */
const longestHead = 65_536
const longestSizeLine = 1_024
/** A byte order mark may come first. */
const longestLead = 32

const namesOne = /#EXT-X-(?:STREAM-INF|MEDIA):/g
/** What FFmpeg would unpack. */
const isCompressed = /^content-encoding:[ \t]*(?:x-)?(?:gzip|deflate)\b/im
const isChunked = /^transfer-encoding:.*\bchunked\b/im
/** Another head follows. */
const isInterim = /^HTTP\/\S+ 1\d\d\b/
/** FFmpeg ends a line at its line feed. */
const endOfHead = /\r?\n\r?\n/
/** A tag that two pieces share. */
const longestTag = '#EXT-X-STREAM-INF:'.length - 1

/** Whether a master playlist names so many playlists that it is not to be read. */
export const namesTooMany = (text: string): boolean => (text.match(namesOne)?.length ?? 0) > mostNamed

/** Leaves out the sizes between chunks. Returns null where a size is none. */
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
      // Behind a chunk comes an empty line.
      if (line.trim() !== '') left = Number.parseInt(line, 16) || 0
      line = ''
    }
    return body
  }
}

/** Looks through what a server answers, piece by piece, for playlists that would take all memory. */
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
  /** The beginning of the body; null: the head goes on. `kind` stays where the body is compressed: FFmpeg asks for none that is, and would unpack it. */
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
    // A whole tag was counted, and is not kept.
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
    /** Another request was sent: its answer comes next. */
    asked: begin,
    /** true: it is a playlist beyond all measure, or an answer that can't be looked through. */
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
