/** Encoding and decoding of rows, columns, chunks, packs, buckets and journal records. Independent of files and databases. */
export { type Buckets, bucketsOfSeal, coarsenBuckets, decodeBuckets, encodeBuckets, mergeBuckets, sliceBuckets } from './buckets.ts'
export { encodeChunk } from './chunkEncoder.ts'
export { type Packed, packForm, packsOf, readPack } from './chunkPack.ts'
export { chunkColumns, chunkRounds, columnForm, decodeColumn, decodePresence, lastRowAt, wholeAt } from './columnChunk.ts'
export { mostColumns, wordsOf } from './columnMask.ts'
export { beginRecord, endRecord, growStates, type JournalRecord, mostPathNos, putNumbers, readNumbers, readRecord, recordKind } from './journalRecords.ts'
export { checkedCrc, decodeRounds, decodeSampleRow, encodeRounds, encodeSampleRow, type SamplePart, type SealRounds, withCrc } from './roundList.ts'
export {
  clearRowStates,
  createRowStates,
  createWideningRow,
  decodeRow,
  decodeTimes,
  encodeRow,
  encodeTimes,
  isColumnKnown,
  type RowStates,
  resizeRowStates,
  rowForm,
} from './rowCodec.ts'
export { storedJson } from './storedJson.ts'
export { assumedIntervalMs, missingIntervals, usualInterval } from './usualInterval.ts'
export { BadBytesError, type ByteCursor, type ByteSink, ChunkDamaged, createByteSink, putVarint, readVarint, reserve, sinkBytes } from './varint.ts'
