import type { Socket } from 'node:net'

/** Heads of MediaMTX have about 300 bytes, those of proxies up to 8,000. */
const mostHeadBytes = 32_000
/** Undici's own limit, too high to ever apply: beyond it, undici creates an error for each further line, which blocks the event loop. */
export const unreachedHeadBytes = 1 << 20

/** An informational head, which is followed by another head. */
const isInformational = /^HTTP\/1\.\d 1(?!01)/
/** Length of the beginning that `isInformational` needs. */
const statusLength = 12
const headEnd = Buffer.from('\r\n\r\n')

/**
 * Ends a connection whose answer has an endless head, or many informational
 * heads, before the HTTP client sees it. The client reads with `read`, and begins a request with `write`.
 */
export function limitHead(socket: Socket): void {
  const { read, write } = socket
  let isInHead = false
  let headBytes = 0
  /** The first bytes of this head, and how many bytes of its end mark came last. */
  let beginning = ''
  let endBytes = 0

  const begin = () => {
    beginning = ''
    endBytes = 0
  }
  /** Scans the head in a chunk byte by byte. The head is short, and the bytes after it are not scanned. */
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
