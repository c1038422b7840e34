/** Answers questions about the past, of memory, history.db and archives together. Runs in the threads that read. */
export { countEvents } from './eventCounts.ts'
export { readSum } from './readSum.ts'
export { createSampleReader, type SampleReader } from './sampleReader.ts'
