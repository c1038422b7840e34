import type { Socket } from 'node:net'

/** Heads of MediaMTX have some 300 bytes, those of proxies up to 8,000. */
const mostHeadBytes = 32_000
/** What undici is told, so that its own limit never counts: beyond it it makes an error of each further line, which holds the loop. */
export const unreachedHeadBytes = 1 << 20

/** A head that is none yet: what follows is another one. */
const isInformational = /^HTTP\/1\.\d 1(?!01)/

/**
 * Ends a connection whose answer has a head without end, before the HTTP client sees it: also one of many informational
 * heads. The client reads with `read`, and begins a request with `write`.
 */
export function limitHead(socket: Socket): void {
  const { read, write } = socket
  let isInHead = false
  let headBytes = 0
  /** Beginning of this head, and the last bytes of it. */
  let beginning = ''
  let last = ''

  const begin = () => {
    beginning = ''
    last = ''
  }
  /** Follows the head in a piece of an answer. */
  const follow = (chunk: Buffer): void => {
    for (let at = 0; isInHead && at < chunk.length; ) {
      const seam = last.length
      const text = last + chunk.toString('latin1', at, at + mostHeadBytes)
      const end = text.indexOf('\r\n\r\n')
      const length = end < 0 ? chunk.length - at : end + 4 - seam
      if (beginning.length < 12) beginning += text.slice(seam, seam + 12)
      headBytes += length
      at += length
      if (headBytes > mostHeadBytes) return
      if (end < 0) last = text.slice(-3)
      else {
        isInHead = isInformational.test(beginning)
        begin()
      }
    }
  }
  socket.write = ((...sent: Parameters<Socket['write']>) => {
    isInHead = true
    headBytes = 0
    begin()
    return write.apply(socket, sent)
  }) as Socket['write']
  socket.read = (size) => {
    const chunk: unknown = read.call(socket, size)
    if (!isInHead || !Buffer.isBuffer(chunk)) return chunk
    follow(chunk)
    if (headBytes <= mostHeadBytes) return chunk
    socket.destroy(Object.assign(new Error('the head of the answer does not end'), { code: 'UND_ERR_HEADERS_OVERFLOW' }))
    return null
  }
}
