import { crc32 } from 'node:zlib'
import { type ByteCursor, ChunkDamaged, createByteSink, putVarint, readBytes, readCount, readVarint, reserve } from './varint.ts'

/**
 * Form 3: chunks, or minutes, of several paths of a seal in one row of the live file. Each has the same bytes as its own row
 * in form 2, including the checksum.
 *
 *     pack = CRC-32 of the directory, directory, chunks one after another
 *     directory = varint(count), for each: varint(path's number - the one before), varint(length)
 *
 * 1. Numbers ascend. The first one is part of the row's id, from which its difference is 0.
 * 2. Nothing follows the last chunk.
 *
 * A row longer than a page is mostly stored in overflow pages. SQLite frees those without writing them, whereas a page of rows
 * is written to the log and to the file once more when its rows are deleted.
 */
export const packForm = 3

/** A pack is closed at this many bytes: eight pages of a new file. Reading one path of a pack reads all of it. */
export const packBytes = 32 << 10
/** Upper limit of paths in a pack; a seal has fewer. In the directory each takes two numbers of at least one byte. */
const mostInPack = 2 ** 24

export interface Packed {
  /** The path's number; for a pack, that of its first path. */
  readonly no: number
  /** The bytes, including their checksum. */
  readonly bytes: Uint8Array
}

/** Groups parts into packs; their numbers must ascend. */
export function packsOf(parts: readonly Packed[]): Packed[] {
  const packs: Packed[] = []
  let waiting: Packed[] = []
  let length = 0
  for (const part of parts) {
    waiting.push(part)
    length += part.bytes.length
    if (length < packBytes && part !== parts.at(-1)) continue
    packs.push({ no: (waiting[0] as Packed).no, bytes: encodePack(waiting) })
    waiting = []
    length = 0
  }
  return packs
}

/** Encodes at least one part, with ascending numbers. */
export function encodePack(parts: readonly Packed[]): Uint8Array {
  const sink = createByteSink(4 + 8 + parts.reduce((bytes, part) => bytes + part.bytes.length + 16, 0))
  sink.length = 4
  putVarint(sink, parts.length)
  let before = parts[0]?.no ?? 0
  for (const { no, bytes } of parts) {
    putVarint(sink, no - before)
    putVarint(sink, bytes.length)
    before = no
  }
  new DataView(sink.bytes.buffer).setUint32(0, crc32(sink.bytes.subarray(4, sink.length)), true)
  for (const { bytes } of parts) {
    reserve(sink, bytes.length)
    sink.bytes.set(bytes, sink.length)
    sink.length += bytes.length
  }
  return sink.bytes.subarray(0, sink.length)
}

/**
 * The parts of a pack whose first path has number `first`, as views of `pack`; their own checksums are not verified. `wanted`:
 * returns only the part with this number. Throws only `ChunkDamaged`, whatever the bytes are.
 */
export function readPack(first: number, pack: Uint8Array, wanted: number | null = null): Packed[] {
  const cursor: ByteCursor = { bytes: pack, at: 4 }
  const count = readCount(cursor, Math.min(mostInPack, pack.length >> 1), 'chunks of a pack')
  const found: Packed[] = []
  const nos = new Float64Array(count)
  const lengths = new Float64Array(count)
  let no = first
  for (let i = 0; i < count; i++) {
    no += readVarint(cursor)
    nos[i] = no
    lengths[i] = readVarint(cursor)
  }
  const stored = new DataView(pack.buffer, pack.byteOffset, pack.length).getUint32(0, true)
  if (stored !== crc32(pack.subarray(4, cursor.at))) throw new ChunkDamaged('the directory of a pack is not what was written', { kind: 'changed' })
  for (let i = 0; i < count; i++) {
    const bytes = readBytes(cursor, lengths[i] as number)
    if (wanted === null || wanted === nos[i]) found.push({ no: nos[i] as number, bytes })
  }
  if (cursor.at !== pack.length) throw new ChunkDamaged('a pack is longer or shorter than it says')
  return found
}
