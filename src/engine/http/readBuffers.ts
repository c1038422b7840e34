import type { OnReadOpts, Socket } from 'node:net'
import type { BodyBuffers } from './bodyBuffers.ts'

/** A list of 100 paths takes three reads. */
const readBytes = 64 << 10

/** Every read of every connection arrives here and is copied at once: memory per connection would be idle between two answers. */
const arrivals = Buffer.allocUnsafeSlow(readBytes)

export interface ReadBuffers {
  /** Option for `connect`. */
  readonly onread: OnReadOpts
  /** Returns memory as soon as its data was processed. The client reads with `read` until there is nothing more. */
  readonly reuse: (socket: Socket) => void
}

/**
 * Lets connections read into reusable memory. Node itself creates an ArrayBuffer for each read, and V8 frees those of sockets only
 * in a full garbage collection: with a hundred servers, 12 MB accumulate every second.
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
