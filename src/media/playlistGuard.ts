/** FFmpeg takes some 10 kB of memory for each variant or rendition that a master playlist names, and gives none of it back: more than these are none of a player's. */
const mostNamed = 200
const longestPlaylistBytes = 10_000_000
/** Of an answer so much is looked at for where its body begins, letters. */
const longestHead = 16_384
/** After the head, a size of chunked encoding or a byte order mark may come first. */
const longestLead = 32

const namesOne = /#EXT-X-(?:STREAM-INF|MEDIA):/g
const isCompressed = /^content-encoding:\s*(?!identity\b)\S/im
/** A tag that two pieces share. */
const longestTag = '#EXT-X-STREAM-INF:'.length - 1

/** Whether a master playlist names so many playlists that it is not to be read. */
export const namesTooMany = (text: string): boolean => (text.match(namesOne)?.length ?? 0) > mostNamed

/** Looks through what a server answers, piece by piece, for playlists that would take all memory. */
export function createPlaylistGuard() {
  let kind: 'unknown' | 'playlist' | 'other' = 'unknown'
  let text = ''
  let bytes = 0
  let named = 0
  const decide = () => {
    const end = text.indexOf('\r\n\r\n')
    if (end < 0) {
      if (text.length > longestHead) kind = 'other'
      return
    }
    const body = text.slice(end + 4)
    const begins = body.indexOf('#EXTM3U')
    if (begins >= 0 && begins <= longestLead) {
      kind = 'playlist'
      text = body
    } else if (body.length > longestLead + '#EXTM3U'.length) kind = 'other'
  }
  const isPlaylist = () => {
    if (kind === 'other') text = ''
    return kind === 'playlist'
  }
  return {
    /** Another request was sent: its answer comes next. */
    asked: (): void => {
      kind = 'unknown'
      text = ''
      bytes = 0
      named = 0
    },
    /** true: it is a playlist beyond all measure, or one that can't be looked through. */
    isTooMuch: (piece: Uint8Array): boolean => {
      if (kind === 'other') return false
      text += Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1')
      bytes += piece.byteLength
      if (kind === 'unknown') {
        // FFmpeg asks for none that is compressed, and would unpack one.
        const head = text.slice(0, text.indexOf('\r\n\r\n') + 1)
        if (head !== '' && isCompressed.test(head)) return true
        decide()
      }
      if (!isPlaylist()) return false
      named += text.match(namesOne)?.length ?? 0
      // A whole tag was counted, and is not kept.
      const last = text.slice(-longestTag)
      text = last.slice(last.lastIndexOf('#') < 0 || last.includes(':', last.lastIndexOf('#')) ? last.length : last.lastIndexOf('#'))
      return named > mostNamed || bytes > longestPlaylistBytes
    },
  }
}
