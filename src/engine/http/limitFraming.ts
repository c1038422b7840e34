import type { Socket } from 'node:net'

/** Chunks of MediaMTX have 2,048 bytes and 7 around them. With a sixteenth for what is around them, chunks have 100 bytes on average. */
const framingShare = 1 / 16
/** For the head and for what is on its way; a short answer may come in chunks of any length. */
const freeBytes = 64_000

/**
 * Ends a connection whose answer is less body than what is around it: chunks of one byte, or with extensions without end, hold the
 * loop and count in no limit of a body. The client reads with `read`, puts back with `unshift`, and begins a request with `write`.
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
    // The client has taken in what it read before.
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
