import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * A client that sends one request after the other has two open for a moment: it may have read the end of an answer, and send again, before
 * the answer counts as ended here. A third one is pipelined, which no browser, proxy or library does by default.
 */
const mostOpen = 2
const endOfHead = '\r\n\r\n'

/**
 * Ends connections that pipeline requests: one chunk of 64 KB holds 2,400 requests, and Node emits all of them at
 * once, whatever happens to the connection meanwhile. So data is passed to Node one request head at a time.
 */
export function createOneByOne() {
  const open = new WeakMap<Socket, number>()

  return {
    /** Call when a connection was opened and its server listens to it. */
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
      // Node bypasses the socket's events as long as there is no other listener.
      socket.on('data', () => {})
    },
    /** Returns false for a pipelined request, whose connection was ended. */
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
    /** The connection uses another protocol from here on. */
    upgraded: (socket: Socket): void => {
      Reflect.deleteProperty(socket, 'push')
    },
  }
}
