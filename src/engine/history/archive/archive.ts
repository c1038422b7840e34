/** Archive files of days, months and years, and bundles: naming, writing, reading, checking and copying. */
export {
  archiveName,
  archivesInFolder,
  entryOf,
  listedArchives,
  parseArchiveName,
  periodOf,
  periodSpan,
  type SetAside,
  sealMark,
  setArchiveAside,
} from './archiveCatalogue.ts'
export {
  type Archive,
  ArchiveDamaged,
  type ArchivedPicture,
  type ArchiveError,
  type ArchiveMeta,
  type ArchiveWriter,
  archiveRowId,
  blockOf,
  createArchive,
  type Fact,
  type GrowingArchive,
  hourMs,
  hourOf,
  isDamage,
  isJpeg,
  isUnreadable,
  mostPieces,
  openArchive,
  openGrowingArchive,
  pieceId,
  placeOfRow,
  type SubjectRow,
  unsealed,
} from './archiveFile.ts'
export { checkArchive, checkRows } from './checkArchive.ts'
export { copyPart, piecesOf } from './copyPart.ts'
export { type BucketTier, createArchiveSource, createLiveSource, type PartSource } from './partSource.ts'
