/** Encoding and decoding of rows, columns, chunks, packs, buckets and journal records. Independent of files and databases. */
export * from './buckets.ts'
export * from './columnChunk.ts'
export * from './columnMask.ts'
export * from './roundList.ts'
export * from './rowCodec.ts'
export * from './varint.ts'
