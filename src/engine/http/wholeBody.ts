import type { BodyBuffers } from './bodyBuffers.ts'

/** Most paths whose answer lengths are remembered. */
const mostExpected = 50

/** The body of one answer while it arrives. */
export interface WholeBody {
  readonly add: (chunk: Buffer) => void
  /** Returns the whole body. The caller owns it from here on, and returns it to the buffers if there are any. */
  readonly take: () => Buffer
  /** Discards the data so far. */
  readonly drop: () => void
}

/** Collects bodies of answers, in reusable memory if there are buffers. */
export function createWholeBodies(buffers: BodyBuffers | undefined): (path: string) => WholeBody {
  /** Lengths of answers by path, as the next one is rarely much longer. */
  const expectedBytes = new Map<string, number>()
  return (path) => (buffers ? bufferedBody(buffers, expectedBytes, path) : chunkedBody())
}

function chunkedBody(): WholeBody {
  const chunks: Buffer[] = []
  return {
    add: (chunk) => {
      chunks.push(chunk)
    },
    take: () => (chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)),
    drop: () => {
      chunks.length = 0
    },
  }
}

function bufferedBody(buffers: BodyBuffers, expectedBytes: Map<string, number>, path: string): WholeBody {
  let size = 0
  let whole: Buffer | null = null
  return {
    add: (chunk) => {
      const from = size
      size += chunk.length
      if (whole === null || whole.length < size) {
        const larger = buffers.take(Math.max(expectedBytes.get(path) ?? 0, 2 * size))
        if (whole !== null) {
          whole.copy(larger, 0, 0, from)
          buffers.give(whole)
        }
        whole = larger
      }
      chunk.copy(whole, from)
    },
    take: () => {
      if (whole === null) return Buffer.alloc(0)
      if (expectedBytes.size < mostExpected || expectedBytes.has(path)) expectedBytes.set(path, Math.ceil(size * 1.02))
      const body = whole.subarray(0, size)
      whole = null
      return body
    },
    drop: () => {
      if (whole !== null) buffers.give(whole)
      whole = null
    },
  }
}
