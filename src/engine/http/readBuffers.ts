import type { OnReadOpts, Socket } from 'node:net'
import type { BodyBuffers } from './bodyBuffers.ts'

/** A list of 100 paths is read in three. */
const readBytes = 64 << 10

/** Where every read of every connection arrives, and is copied from at once: memory of its own would lie idle with each connection between two answers. */
const arrivals = Buffer.allocUnsafeSlow(readBytes)

export interface ReadBuffers {
  /** For `connect`. */
  readonly onread: OnReadOpts
  /** Gives memory back as soon as what came in it was taken in. The client reads with `read` until there is nothing more. */
  readonly reuse: (socket: Socket) => void
}

/**
 * Connections read into memory that is used again. Node's own way makes an ArrayBuffer of each read, and V8 frees those of sockets only
 * with a whole collection: with a hundred servers 12 MB a second wait for it.
 */
export function createReadBuffers(buffers: BodyBuffers): ReadBuffers {
  const filled = new WeakMap<Socket, Buffer[]>()
  return {
    onread: {
      buffer: arrivals,
      callback(this: Socket, bytes: number) {
        const memory = buffers.take(bytes)
        arrivals.copy(memory, 0, 0, bytes)
        const others = filled.get(this)
        if (others) others.push(memory)
        else filled.set(this, [memory])
        return this.push(memory.subarray(0, bytes))
      },
    } as OnReadOpts,
    reuse: (socket) => {
      const { read } = socket
      socket.read = (size) => {
        const chunk: unknown = read.call(socket, size)
        if (chunk === null) {
          for (const buffer of filled.get(socket) ?? []) buffers.give(buffer)
          filled.delete(socket)
        }
        return chunk
      }
    },
  }
}
