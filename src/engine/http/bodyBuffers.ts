/**
 * Memory for answers, used again and again: of the megabytes that a hundred servers answer each second nothing
 * needs to be allocated, and nothing is left to the garbage collector, which frees buffers late.
 *
 * Who takes one gives it back when it has been read; one that is never given back is garbage like any other.
 */
export interface BodyBuffers {
  /** At least `bytes` long; what stands in it is old. */
  readonly take: (bytes: number) => Buffer
  /** What was not taken here is left alone. */
  readonly give: (buffer: Buffer) => void
  /** Bytes that lie unused. */
  readonly idleBytes: () => number
}

/** Sizes are multiples of it. */
const stepBytes = 16 << 10
const mostIdleBytes = 16 << 20
/** Larger ones are left to the garbage collector: a server that answered so much once may never do it again. */
const largestIdleBytes = 4 << 20
/** One that stayed unused while so many were taken is dropped: the answers that it was made for don't come any more. */
const idleForTakes = 1_000

export function createBodyBuffers(): BodyBuffers {
  /** The whole memory of each, smallest first, and when it was given back, counted in those taken. */
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
      // One that is much too large would be kept for something small.
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
