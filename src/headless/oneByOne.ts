import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * A client that sends one request after the other has two open for a moment: it may have read the end of an answer, and send again, before
 * the answer counts as ended here. A third one is pipelined, which no browser, proxy or library does by default.
 */
const mostOpen = 2
const endOfHead = '\r\n\r\n'
/** Old clients send an empty line after a body (RFC 9112, 2.2). */
const mostBlank = 2
/** What of a body is passed on at once. It may hold ends of heads, at each of which it would otherwise be cut. */
const bodyPiece = 1_024

interface Connection {
  open: number
  /** The last request, whose body may still come. */
  request: IncomingMessage | null
  /** A head has begun. */
  isInHead: boolean
  /** Blank bytes since the last request. */
  blank: number
}

/**
 * Ends connections that pipeline requests: one chunk of 64 KB holds 2,400 requests, and Node emits all of them at
 * once, whatever happens to the connection meanwhile. So data is passed to Node one request head at a time. Ends those, too, that send
 * empty heads, of which 64 KB hold 16,000, or keep themselves open by empty lines.
 */
export function createOneByOne() {
  const connections = new WeakMap<Socket, Connection>()

  return {
    /** Call when a connection was opened and its server listens to it. */
    opened: (socket: Socket): void => {
      const { push } = socket
      const connection: Connection = { open: 0, request: null, isInHead: false, blank: 0 }
      connections.set(socket, connection)
      socket.push = ((chunk: unknown, ...rest: []) => {
        if (!Buffer.isBuffer(chunk)) return push.call(socket, chunk, ...rest)
        let more = true
        for (let at = 0; at < chunk.length && !socket.destroyed; ) {
          const isBody = connection.request?.complete === false
          const found = chunk.indexOf(endOfHead, isBody ? at + bodyPiece : at)
          const end = found < 0 ? chunk.length : found + endOfHead.length
          const piece = chunk.subarray(at, end)
          if (!isBody && !connection.isInHead) {
            if (isBlank(piece)) connection.blank += piece.length
            else connection.isInHead = true
            if (connection.blank > mostBlank) socket.destroy()
          }
          if (!socket.destroyed) more = push.call(socket, piece)
          at = end
        }
        return more
      }) as Socket['push']
      // Node bypasses the socket's events as long as there is no other listener.
      socket.on('data', () => {})
    },
    /** Returns false for a pipelined request, whose connection was ended. */
    takes: (request: IncomingMessage, response: ServerResponse): boolean => {
      const { socket } = request
      const connection = connections.get(socket)
      if (connection === undefined) return true
      Object.assign(connection, { request, isInHead: false, blank: 0 })
      if (++connection.open > mostOpen) {
        socket.destroy()
        return false
      }
      response.once('close', () => connection.open--)
      return true
    },
    /** The connection uses another protocol from here on. */
    upgraded: (socket: Socket): void => {
      Reflect.deleteProperty(socket, 'push')
    },
  }
}

function isBlank(piece: Buffer): boolean {
  return piece.length <= endOfHead.length && piece.every((byte) => byte === 10 || byte === 13)
}
