import type { FileFault } from '../../shared/fileFaults.ts'
import { messageOf } from '../../shared/messageOf.ts'
import { quoted } from '../../shared/quoted.ts'
import { classifyStorageError, FaultyFile } from './storageTrouble.ts'

const longestSaid = 1_000

/** The fault of a file, from the error of a failed read. */
export function faultOf(error: unknown): FileFault {
  if (error instanceof FaultyFile) return error.fault
  if (error instanceof SyntaxError || (error instanceof Error && error.name === 'ZodError')) return { kind: 'wrongForm' }
  const isSqlite = error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE')
  return isSqlite || classifyStorageError(error) !== null ? saidFault(messageOf(error)) : { kind: 'internal' }
}

/** A fault in the words of SQLite or the system. */
export function saidFault(said: string): FileFault & { readonly kind: 'quoted' } {
  return { kind: 'quoted', text: quoted(said, longestSaid) ?? '' }
}
