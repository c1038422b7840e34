import type { Socket } from 'node:net'

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
