/** Archive files of days, months and years, and bundles: naming, writing, reading, checking and copying. */
export * from './archiveCatalogue.ts'
export * from './archiveFile.ts'
export * from './archiveRows.ts'
export * from './copyPart.ts'
export * from './partSource.ts'
