/** The engine's side of the store's threads: how one is started and asked, the pool of those that read, and when archives are made. */
export { type ArchiveLoop, createArchiveLoop } from './archiveLoop.ts'
export { createQueryThreads, type QueryThreads } from './queryThreads.ts'
export { createStoreThread, type FromStoreThread, ignoreThreadError, type StoreThread, StoreThreadError, type ToStoreThread } from './storeThread.ts'
