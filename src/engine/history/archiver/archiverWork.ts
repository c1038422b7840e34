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

export function archiverWork(of: Partial<ArchiverWork>): ArchiverWork {
  return { unlist: [], setAside: [], list: [], drop: null, words: [], ...of }
}

/** Work that reports archives set aside, along with other changes. */
export function setAsideWork(aside: readonly SetAside[], of: Partial<ArchiverWork> = {}): ArchiverWork {
  return archiverWork({ unlist: aside.map(({ name }) => name), setAside: aside.map(({ file, at, damage }) => ({ file, at, damage })), ...of })
}

export function unreadableWork(name: string, because: string): ArchiverWork {
  return archiverWork({ words: [`${name} cannot be read (${because}). It stays where it is, and is tried again.`] })
}

export function missingWork(name: string): ArchiverWork {
  return archiverWork({ unlist: [name], words: [`${name} is not in the folder any more: what it held is not shown. Copy it back to see it again.`] })
}
