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

/** Largest share of framing in an answer. MediaMTX's chunks have 2,048 bytes and 7 of framing; a sixteenth corresponds to chunks of 100 bytes on average. */
const framingShare = 1 / 16
/** Allowance for the head and for data in transit, so that a short answer may have chunks of any length. */
const freeBytes = 64_000

/**
 * Ends a connection whose answer has too much framing: chunks of one byte, or with endless extensions, block the
 * event loop and are not covered by any limit of a body. The client reads with `read`, puts back with `unshift`, and begins a request with `write`.
 */
export function limitFraming(socket: Socket, bodyBytesNow: () => number): void {
  const { read, write, unshift } = socket
  let receivedBytes = 0
  let bodyBytesBefore = 0
  socket.write = ((...sent: Parameters<Socket['write']>) => {
    receivedBytes = 0
    bodyBytesBefore = bodyBytesNow()
    return write.apply(socket, sent)
  }) as Socket['write']
  socket.unshift = (...back: Parameters<Socket['unshift']>) => {
    receivedBytes -= (back[0] as Buffer).length
    return unshift.apply(socket, back)
  }
  socket.read = (size) => {
    // The client has already processed what it read before.
    const bodyBytes = bodyBytesNow() - bodyBytesBefore
    if (receivedBytes - bodyBytes > freeBytes + bodyBytes * framingShare) {
      socket.destroy(Object.assign(new Error('the answer is more framing than body'), { code: 'HPE_INVALID_CHUNK_SIZE' }))
      return null
    }
    const chunk: unknown = read.call(socket, size)
    if (Buffer.isBuffer(chunk)) receivedBytes += chunk.length
    return chunk
  }
}
