/** Shared by all parts of the store: the messages between its threads, and the subjects, layouts and days they use. */
export { dayMs, dayOf, dayStartOf } from './days.ts'
export { chunkId, layoutOf, layoutToText, type OwnerLayouts, ownerKinds, ownerLayouts, type SampleLayout, strideOf, textToLayout } from './sampleLayout.ts'
export { fromStored, isOwnName, type OwnerKind, ownerKindOf, ownerWords, ownName, partWords, type StoredSubject, toStored } from './storedSubject.ts'
export {
  type ArchiveEntry,
  type AskedAt,
  type Description,
  type EventCount,
  type EventCountsAsk,
  type EventsAsk,
  type FoundDamage,
  type HotMoment,
  type HotRounds,
  type HotSamples,
  type LostPart,
  type MomentShare,
  type MomentValues,
  type NewFile,
  type Space,
  type StoredBatch,
  type StoredGap,
  type StoredMoment,
  type StoreLimits,
  type StoreQueries,
  type StoreReport,
  type StoreWorkerStart,
  type SubjectMetrics,
  type TailColumns,
  usualLimits,
  type WriterAsks,
  type WriterNotes,
  type WriterTurn,
} from './storeProtocol.ts'
