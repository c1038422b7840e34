/** Encoding and decoding of rows, columns, chunks, packs, buckets and journal records. Independent of files and databases. */
export { type Buckets, bucketsOfSeal, coarsenBuckets, decodeBuckets, encodeBuckets, mergeBuckets, sliceBuckets } from './buckets.ts'
export {
  chunkColumns,
  chunkRounds,
  columnForm,
  decodeColumn,
  decodePresence,
  encodeChunk,
  lastRowAt,
  type Packed,
  packForm,
  packsOf,
  readPack,
  wholeAt,
} from './columnChunk.ts'
export { mostColumns, wordsOf } from './columnMask.ts'
export {
  assumedIntervalMs,
  checkedCrc,
  decodeRounds,
  decodeSampleRow,
  encodeRounds,
  encodeSampleRow,
  missingIntervals,
  type SamplePart,
  type SealRounds,
  usualInterval,
  withCrc,
} from './roundList.ts'
export {
  beginRecord,
  clearRowStates,
  createRowStates,
  createWideningRow,
  decodeRow,
  decodeTimes,
  encodeRow,
  encodeTimes,
  endRecord,
  growStates,
  isColumnKnown,
  type JournalRecord,
  mostPathNos,
  putNumbers,
  type RowStates,
  readNumbers,
  readRecord,
  recordKind,
  resizeRowStates,
  rowForm,
} from './rowCodec.ts'
export { BadBytesError, type ByteCursor, type ByteSink, ChunkDamaged, createByteSink, putVarint, readVarint, reserve, sinkBytes, storedJson } from './varint.ts'
