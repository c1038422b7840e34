import type { FileFault } from '../../shared/fileFaults.ts'
import { fileFaultText } from '../../shared/words/fileFaultText.ts'

/** What a failure of SQLite or the file system means for the operator. */
export type StorageTrouble = 'damaged' | 'notWritable' | 'full' | 'busy'

/**
 * Classifies a thrown error; null: a bug. Only what SQLite itself reports as broken counts as damage: a disk that is full,
 * busy, read-only or fails to read says nothing about the file, which must stay in place.
 */
export function classifyStorageError(error: unknown): StorageTrouble | null {
  if (error instanceof DamageFound) return 'damaged'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return 'damaged'
  // SQLite has no error code of its own for a header with an invalid file format version.
  if (code === 'SQLITE_ERROR' && (error as Error).message === 'unsupported file format') return 'damaged'
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT)/.test(code)) return 'full'
  if (/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code)) return 'busy'
  if (/^(SQLITE_(READONLY|CANTOPEN|PERM|IOERR|AUTH)|EACCES|EPERM|EROFS|ENOTDIR|EEXIST|EISDIR|ENOENT|EIO)/.test(code)) return 'notWritable'
  return null
}

/** Runs a write that can be retried. Returns false if the disk refused it now; throws bugs. */
export function attemptWrite(write: () => void): boolean {
  try {
    write()
    return true
  } catch (error) {
    if (classifyStorageError(error) === null) throw error
    return false
  }
}

/** An error that says what is wrong with a file. `message`: for the log, where more is known than the fault says. */
export class FaultyFile extends Error {
  readonly fault: FileFault
  constructor(fault: FileFault, message = fileFaultText(fault, 'en')) {
    super(message)
    this.fault = fault
  }
}

/** Damage that SQLite does not raise an error for: its integrity check found something, or the content is not ours. */
export class DamageFound extends FaultyFile {
  override readonly name = 'DamageFound'
}
