/** Answers queries of the past from memory, history.db and archives together. Runs in the reader threads. */
export { createSampleQuery, type SampleQuery } from './sampleQuery.ts'
