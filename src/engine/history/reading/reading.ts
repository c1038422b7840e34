/** Answers queries of the past from memory, history.db and archives together. Runs in the query threads. */
export { createSampleQuery, type SampleQuery } from './sampleQuery.ts'
