import { type ByteCursor, type ByteSink, ChunkDamaged, putFloat, putVarint, reserve, takeFloat, takeVarint, unzigzag, zigzag } from './varint.ts'

/**
 * How a column of whole numbers lies in bytes: whichever of these is smallest. Chunks, buckets and times of rounds
 * are made of such columns. The codec stands in the low three bits of the column's head.
 */
export const codecs = { zero: 0, constant: 1, runs: 2, blocks: 3, stepBlocks: 4, doubles: 5, steps: 6 } as const

/** More rounds than this are in no chunk. */
export const mostRounds = 65_536

/** Differences of numbers within this are exact and fit in a varint. */
export const largestWhole = 2 ** 51

/** Writes head (codec + 8 × `headBits`, which is 0 to 31) and column. */
export const putWholes = (sink: ByteSink, values: Float64Array, count: number, headBits: number): void => {
  reserve(sink, 32 + count * 10)
  let big = false
  let same = true
  for (let i = 0; i < count; i++) {
    const value = values[i] as number
    if (!(Math.abs(value) <= largestWhole)) big = true
    if (value !== values[0]) same = false
  }
  const head = (codec: number): void => {
    sink.bytes[sink.length++] = codec + headBits * 8
  }
  if (big) {
    head(codecs.doubles)
    for (let i = 0; i < count; i++) putFloat(sink, values[i] as number)
  } else if (count === 0 || (same && values[0] === 0)) head(codecs.zero)
  else if (same) {
    head(codecs.constant)
    putVarint(sink, zigzag(values[0] as number))
  } else {
    head(codecs.steps)
    let before = 0
    for (let i = 0; i < count; i++) {
      putVarint(sink, zigzag((values[i] as number) - before))
      before = values[i] as number
    }
  }
}

/** Reads a column of `count` numbers, of which the head was read, into the beginning of `into`. */
export const takeWholes = (cursor: ByteCursor, head: number, into: Float64Array, count: number): void => {
  switch (head & 7) {
    case codecs.zero:
      into.fill(0, 0, count)
      return
    case codecs.constant:
      into.fill(unzigzag(takeVarint(cursor)), 0, count)
      return
    case codecs.steps: {
      let value = 0
      for (let i = 0; i < count; i++) {
        value += unzigzag(takeVarint(cursor))
        into[i] = value
      }
      return
    }
    case codecs.doubles:
      for (let i = 0; i < count; i++) {
        const value = takeFloat(cursor)
        if (!Number.isFinite(value)) throw new ChunkDamaged('a number is not finite')
        into[i] = value
      }
      return
    default:
      throw new ChunkDamaged(`no codec is known by ${head & 7}`)
  }
}
