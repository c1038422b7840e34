import type { SetAside } from '../archive/archive.ts'
import type { ArchiveEntry } from '../protocol/protocol.ts'
import type { PendingDay } from './archiveDay.ts'

/** Changes for the writer to make, in this order: unlist, set aside, list, then drop the data now in `list`. */
export interface ArchiverWork {
  readonly unlist: readonly string[]
  readonly setAside: readonly Omit<SetAside, 'name'>[]
  readonly list: readonly ArchiveEntry[]
  readonly drop: PendingDay | null
  /** For the log: unreadable data, adopted files, missing files. */
  readonly words: readonly string[]
}

export const archiverWork = (of: Partial<ArchiverWork>): ArchiverWork => ({ unlist: [], setAside: [], list: [], drop: null, words: [], ...of })

/** Work that reports archives set aside, along with other changes. */
export const setAsideWork = (aside: readonly SetAside[], of: Partial<ArchiverWork> = {}): ArchiverWork =>
  archiverWork({ unlist: aside.map(({ name }) => name), setAside: aside.map(({ file, at, damage }) => ({ file, at, damage })), ...of })

export const unreadableWork = (name: string, because: string): ArchiverWork =>
  archiverWork({ words: [`${name} cannot be read (${because}). It stays where it is, and is tried again.`] })

export const missingWork = (name: string): ArchiverWork =>
  archiverWork({ unlist: [name], words: [`${name} is not in the folder any more: what it held is not shown. Copy it back to see it again.`] })
