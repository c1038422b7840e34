import type { Socket } from 'node:net'

/** Heads of MediaMTX have some 300 bytes, those of proxies up to 8,000. */
const mostHeadBytes = 32_000
/** Undici's own limit, so high that it never counts: beyond it it makes an error of each further line, which holds the loop. */
export const unreachedHeadBytes = 1 << 20

/** A head that is none yet: what follows is another one. */
const isInformational = /^HTTP\/1\.\d 1(?!01)/
/** Of what tells that. */
const statusLength = 12
const headEnd = Buffer.from('\r\n\r\n')

/**
 * Ends a connection whose answer has a head without end, before the HTTP client sees it: also one of many informational
 * heads. The client reads with `read`, and begins a request with `write`.
 */
export function limitHead(socket: Socket): void {
  const { read, write } = socket
  let isInHead = false
  let headBytes = 0
  /** The first bytes of this head, and how many of those that end it came last. */
  let beginning = ''
  let endBytes = 0

  const begin = () => {
    beginning = ''
    endBytes = 0
  }
  /** Follows the head in a piece of an answer, byte by byte: it is short, and what comes behind it is not looked at. */
  const follow = (chunk: Buffer): void => {
    for (let at = 0; isInHead && at < chunk.length; at++) {
      if (++headBytes > mostHeadBytes) return
      const byte = chunk[at] as number
      if (beginning.length < statusLength) beginning += String.fromCharCode(byte)
      endBytes = byte === headEnd[endBytes] ? endBytes + 1 : byte === headEnd[0] ? 1 : 0
      if (endBytes < headEnd.length) continue
      isInHead = isInformational.test(beginning)
      begin()
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
