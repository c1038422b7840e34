/** history.db: journal, seals, events and facts of the last days, and samples still in memory. Written by one thread only; read with `createLiveStore`. */

export { historyFile, historyMigrations } from './historyMigrations.ts'
export { readJournal } from './journal.ts'
export { createJournalDecoder } from './journalReplay.ts'
export { createLiveStore, type LiveSeal, type LiveStore, type ReadPart } from './liveStore.ts'
export { createOpenedHistory } from './openedHistory.ts'
export { type EventRow, eventOfRow, storedAbout } from './pendingRows.ts'
export type { SampleWriter } from './sampleWriter.ts'
