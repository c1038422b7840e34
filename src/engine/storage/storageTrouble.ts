import { consoleTroubleText, fileFaultText } from '../../i18n/consoleTroubleText.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { FileFault } from '../../shared/fileFaults.ts'
import { messageOf } from '../../shared/result.ts'
import { quoted } from '../../shared/visibleText.ts'

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

/** Why the console's files cannot be used: the kind is what code decides on. */
export interface StorageError<Kind extends string = string> {
  readonly kind: Kind
  readonly trouble: ConsoleTrouble
  /** The trouble in English, for the log. */
  readonly words: string
}

export function storageError<Kind extends string>(kind: Kind, trouble: ConsoleTrouble): StorageError<Kind> {
  return { kind, trouble, words: consoleTroubleText(trouble, 'en') }
}

/** An error that says what is wrong with a file. */
export class FaultyFile extends Error {
  readonly fault: FileFault
  constructor(fault: FileFault) {
    super(fault.kind === 'damaged' ? fault.detail : fileFaultText(fault, 'en'))
    this.fault = fault
  }
}

/** Damage that SQLite does not raise an error for: its integrity check found something, or the content is not ours. */
export class DamageFound extends FaultyFile {
  override readonly name = 'DamageFound'
}

const longestDetail = 1_000

/** `detail`: which part it is, or what SQLite or the system says. */
export function damageOf(detail: string): FileFault & { readonly kind: 'damaged' } {
  return { kind: 'damaged', detail: quoted(detail, longestDetail) ?? '' }
}

/** The fault of a file, from the error of a failed read. `where` says in which part. */
export function faultOf(error: unknown, where?: string): FileFault {
  const placed = (detail: string): FileFault => damageOf(where === undefined ? detail : `${where}: ${detail}`)
  if (error instanceof FaultyFile) return error.fault.kind === 'damaged' ? placed(error.fault.detail) : error.fault
  if (error instanceof SyntaxError || (error instanceof Error && error.name === 'ZodError')) return placed('it is not as mtxdeck writes it')
  const isSqlite = error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE')
  return isSqlite || classifyStorageError(error) !== null ? placed(messageOf(error)) : { kind: 'internal' }
}
