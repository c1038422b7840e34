import type { OnReadOpts, Socket } from 'node:net'

/**
 * Reusable memory for answers: for the megabytes that a hundred servers answer each second nothing
 * has to be allocated, or left to the garbage collector, which frees buffers late.
 *
 * A caller returns a buffer after reading it; one that is never returned is collected like any other object.
 */
export type BodyBuffers = ReturnType<typeof createBodyBuffers>

/** Sizes are multiples of this. */
const stepBytes = 16 << 10
const mostIdleBytes = 16 << 20
/** Larger buffers are left to the garbage collector: a server that answered that much once may never do so again. */
const largestIdleBytes = 4 << 20
/** A buffer is dropped if it stayed unused while this many were taken: answers of its size no longer come. */
const idleForTakes = 1_000

export function createBodyBuffers() {
  /** Unused buffers, smallest first, and when each was returned, counted in buffers taken. */
  let idle: { readonly buffer: Buffer; readonly since: number }[] = []
  let taken = 0
  const ours = new WeakSet<ArrayBufferLike>()
  let idleBytes = 0
  const make = (bytes: number) => {
    const buffer = Buffer.allocUnsafeSlow(bytes)
    ours.add(buffer.buffer)
    return buffer
  }
  return {
    /** Returns a buffer of at least `bytes`, with old content. */
    take: (bytes: number): Buffer => {
      if (++taken % idleForTakes === 0) {
        idle = idle.filter(({ since }) => taken - since < idleForTakes)
        idleBytes = idle.reduce((sum, { buffer }) => sum + buffer.length, 0)
      }
      const wanted = Math.max(1, Math.ceil(bytes / stepBytes)) * stepBytes
      const index = idle.findIndex(({ buffer }) => buffer.length >= wanted)
      const found = idle[index]?.buffer
      // A much larger buffer is not wasted on a small answer.
      if (found === undefined || found.length > 2 * wanted) return make(wanted)
      idle.splice(index, 1)
      idleBytes -= found.length
      return found
    },
    /** Returns a buffer for reuse. Ignores buffers that were not taken here. */
    give: (given: Buffer): void => {
      if (!ours.has(given.buffer) || idle.some(({ buffer }) => buffer.buffer === given.buffer)) return
      if (given.buffer.byteLength > largestIdleBytes) return
      const whole = Buffer.from(given.buffer, 0, given.buffer.byteLength)
      const index = idle.findIndex(({ buffer }) => buffer.length >= whole.length)
      idle.splice(index < 0 ? idle.length : index, 0, { buffer: whole, since: taken })
      idleBytes += whole.length
      while (idleBytes > mostIdleBytes) idleBytes -= idle.pop()?.buffer.length ?? 0
    },
    idleBytes: (): number => idleBytes,
  }
}

/** A list of 100 paths takes three reads. */
const readBytes = 64 << 10

/** Every read of every connection arrives here and is copied at once: memory per connection would be idle between two answers. */
const arrivals = Buffer.allocUnsafeSlow(readBytes)

/**
 * Lets connections read into reusable memory. Node itself creates an ArrayBuffer for each read, and V8 frees those of sockets only
 * in a full garbage collection: with a hundred servers, 12 MB accumulate every second.
 */
export function createReadBuffers(buffers: BodyBuffers) {
  const filled = new WeakMap<Socket, Buffer[]>()
  return {
    /** Option for `connect`. */
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
    /** Returns memory as soon as its data was processed. The client reads with `read` until there is nothing more. */
    reuse: (socket: Socket): void => {
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
export type ReadBuffers = ReturnType<typeof createReadBuffers>
