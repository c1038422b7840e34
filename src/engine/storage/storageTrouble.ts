/** What a failure of SQLite or of the file system means for whoever runs the console; null is a bug. */
export type StorageTrouble = 'damaged' | 'notWritable' | 'full' | 'busy'

/**
 * Only what SQLite itself calls broken is damage: a disk that is full, busy, read-only or fails to read says nothing
 * about the file, which must stay where it is.
 */
export function classifyStorageError(error: unknown): StorageTrouble | null {
  if (error instanceof DamageFound) return 'damaged'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return 'damaged'
  // A header that names a form of SQLite's own that does not exist has no code of its own.
  if (code === 'SQLITE_ERROR' && (error as Error).message === 'unsupported file format') return 'damaged'
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT)/.test(code)) return 'full'
  if (/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code)) return 'busy'
  if (/^(SQLITE_(READONLY|CANTOPEN|PERM|IOERR|AUTH)|EACCES|EPERM|EROFS|ENOTDIR|EEXIST|EISDIR|ENOENT|EIO)/.test(code)) return 'notWritable'
  return null
}

/** Damage that SQLite does not tell by an error: its check found something, or the content is not ours. */
export class DamageFound extends Error {
  override readonly name = 'DamageFound'
}
