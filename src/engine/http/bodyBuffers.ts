/**
 * Reusable memory for answers: for the megabytes that a hundred servers answer each second nothing
 * has to be allocated, or left to the garbage collector, which frees buffers late.
 *
 * A caller returns a buffer after reading it; one that is never returned is collected like any other object.
 */
export interface BodyBuffers {
  /** Returns a buffer of at least `bytes`, with old content. */
  readonly take: (bytes: number) => Buffer
  /** Returns a buffer for reuse. Ignores buffers that were not taken here. */
  readonly give: (buffer: Buffer) => void
  /** Bytes of unused buffers. */
  readonly idleBytes: () => number
}

/** Sizes are multiples of this. */
const stepBytes = 16 << 10
const mostIdleBytes = 16 << 20
/** Larger buffers are left to the garbage collector: a server that answered that much once may never do so again. */
const largestIdleBytes = 4 << 20
/** A buffer is dropped if it stayed unused while this many were taken: answers of its size no longer come. */
const idleForTakes = 1_000

export function createBodyBuffers(): BodyBuffers {
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
    take: (bytes) => {
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
    give: (given) => {
      if (!ours.has(given.buffer) || idle.some(({ buffer }) => buffer.buffer === given.buffer)) return
      if (given.buffer.byteLength > largestIdleBytes) return
      const whole = Buffer.from(given.buffer, 0, given.buffer.byteLength)
      const index = idle.findIndex(({ buffer }) => buffer.length >= whole.length)
      idle.splice(index < 0 ? idle.length : index, 0, { buffer: whole, since: taken })
      idleBytes += whole.length
      while (idleBytes > mostIdleBytes) idleBytes -= idle.pop()?.buffer.length ?? 0
    },
    idleBytes: () => idleBytes,
  }
}
