import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Who asks one thing after the other has two requests open for a moment: he may have read the end of an answer, and ask again, before
 * it is noted here as ended. A third one is pipelined, which no browser, proxy or library does by itself.
 */
const mostOpen = 2
const endOfHead = '\r\n\r\n'

/**
 * Ends connections that ask without waiting for answers: one piece of 64 KB holds 2,400 requests, and Node hands over all of them at
 * once, whatever becomes of the connection meanwhile. So what comes is handed to Node a head at a time.
 */
export function createOneByOne() {
  const open = new WeakMap<Socket, number>()

  return {
    /** A connection was opened, and its server listens to it. */
    opened: (socket: Socket): void => {
      const { push } = socket
      socket.push = ((chunk: unknown, ...rest: []) => {
        if (!Buffer.isBuffer(chunk)) return push.call(socket, chunk, ...rest)
        let more = true
        for (let at = 0; at < chunk.length && !socket.destroyed; ) {
          const found = chunk.indexOf(endOfHead, at)
          const end = found < 0 ? chunk.length : found + endOfHead.length
          more = push.call(socket, chunk.subarray(at, end))
          at = end
        }
        return more
      }) as Socket['push']
      // Node reads past the socket as long as nobody else listens to it.
      socket.on('data', () => {})
    },
    /** false: it is one too many, and its connection was ended. */
    takes: ({ socket }: IncomingMessage, response: ServerResponse): boolean => {
      const count = (open.get(socket) ?? 0) + 1
      if (count > mostOpen) {
        socket.destroy()
        return false
      }
      open.set(socket, count)
      response.once('close', () => open.set(socket, (open.get(socket) ?? 1) - 1))
      return true
    },
    /** It speaks something else from here on. */
    upgraded: (socket: Socket): void => {
      Reflect.deleteProperty(socket, 'push')
    },
  }
}
