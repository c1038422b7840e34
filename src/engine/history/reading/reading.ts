/** Answers questions about the past, of memory, history.db and archives together. Runs in the threads that read. */
export { createSampleReader, type SampleReader } from './sampleReader.ts'
