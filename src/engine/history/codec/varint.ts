import { damageOf, FaultyFile } from '../../storage/storageTrouble.ts'
import { storedJson } from '../../storage/storedJson.ts'

export interface ByteSink {
  bytes: Uint8Array
  length: number
}

export function createByteSink(capacity = 1024): ByteSink {
  return { bytes: new Uint8Array(capacity), length: 0 }
}

export function reserve(sink: ByteSink, count: number): void {
  if (sink.length + count <= sink.bytes.length) return
  const grown = new Uint8Array(Math.max(sink.length + count, sink.bytes.length * 2))
  grown.set(sink.bytes.subarray(0, sink.length))
  sink.bytes = grown
}

export function sinkBytes(sink: ByteSink): Uint8Array {
  return sink.bytes.slice(0, sink.length)
}

/** Writes a whole number from 0 to 2^53 in groups of seven bits, lowest first. The caller has reserved 8 bytes. */
export function putVarint(sink: ByteSink, value: number): void {
  const { bytes } = sink
  let rest = value
  let at = sink.length
  // Bit operations are limited to 32 bits.
  while (rest >= 0x10000000) {
    bytes[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  let small = rest | 0
  while (small >= 128) {
    bytes[at++] = (small & 127) | 128
    small >>>= 7
  }
  bytes[at++] = small
  sink.length = at
}

/** Maps signed to small unsigned whole numbers, in the order 0, -1, 1, -2, … Exact to ±2^52. */
export function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}
export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

const floatBytes = new Uint8Array(8)
const floatView = new DataView(floatBytes.buffer)

/** Writes the eight bytes of a double. The caller has reserved them. */
export function putFloat(sink: ByteSink, value: number): void {
  floatView.setFloat64(0, value, true)
  sink.bytes.set(floatBytes, sink.length)
  sink.length += 8
}

export interface ByteCursor {
  readonly bytes: Uint8Array
  at: number
}

/** Bytes that end too early or contain an impossible value. */
export class BadBytesError extends FaultyFile {
  override readonly name: string = 'BadBytesError'
  constructor(detail: string) {
    super(damageOf(detail))
  }
}

export function putBytes(sink: ByteSink, bytes: Uint8Array): void {
  reserve(sink, bytes.length)
  sink.bytes.set(bytes, sink.length)
  sink.length += bytes.length
}

/** The only error that all readers throw, whatever the bytes are. `message` says what was wrong. */
export class ChunkDamaged extends BadBytesError {
  override readonly name = 'ChunkDamaged'
}

export function readVarint(cursor: ByteCursor): number {
  const { bytes } = cursor
  const first = bytes[cursor.at++]
  if (first === undefined) throw new ChunkDamaged('the bytes end inside a number')
  if (first < 128) return first
  let value = first & 127
  let scale = 128
  for (;;) {
    const next = bytes[cursor.at++]
    if (next === undefined || scale > 2 ** 49) throw new ChunkDamaged('the bytes end inside a number')
    value += (next & 127) * scale
    if (next < 128) return value
    scale *= 128
  }
}

export function readFloat(cursor: ByteCursor): number {
  if (cursor.at + 8 > cursor.bytes.length) throw new ChunkDamaged('the bytes end inside a number')
  floatBytes.set(cursor.bytes.subarray(cursor.at, cursor.at + 8))
  cursor.at += 8
  return floatView.getFloat64(0, true)
}

/** Reads a count, a length or an offset, which must not exceed `most`. */
export function readCount(cursor: ByteCursor, most: number, what: string): number {
  const count = readVarint(cursor)
  if (count > most) throw new ChunkDamaged(`${what}: ${count} is more than ${most}`)
  return count
}

/** Moves the cursor over `length` bytes and returns where they begin. */
export function skipBytes(cursor: ByteCursor, length: number): number {
  const from = cursor.at
  if (from + length > cursor.bytes.length) throw new ChunkDamaged('the bytes end too early')
  cursor.at = from + length
  return from
}

/** The next `length` bytes, as a view. */
export function readBytes(cursor: ByteCursor, length: number): Uint8Array {
  const from = skipBytes(cursor, length)
  return cursor.bytes.subarray(from, cursor.at)
}

export function readHead(cursor: ByteCursor): number {
  const head = cursor.bytes[cursor.at++]
  if (head === undefined) throw new ChunkDamaged('the bytes end too early')
  return head
}

/** Parses the facts of a row of history.db or an archive, an object. Throws `BadBytesError` if it is damaged; `what` names it, in the plural. */
export function storedObject(json: string, what: string): object {
  const facts = storedJson(json)
  if (typeof facts !== 'object' || facts === null || Array.isArray(facts)) throw new BadBytesError(`${what} cannot be read`)
  return facts
}
