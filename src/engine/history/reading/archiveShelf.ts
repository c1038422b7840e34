import { join } from 'node:path'
import type { FileFault } from '../../../shared/fileFaults.ts'
import { messageOf } from '../../../shared/messageOf.ts'
import { faultOf } from '../../storage/faultOf.ts'
import { isUnreadable, openArchive, parseArchiveName, periodSpan } from '../archive/archive.ts'
import type { LiveStore } from '../live/live.ts'
import { dayOf, type FoundDamage } from '../protocol/protocol.ts'
import { asOpened, createCatalogues, type OpenedArchive } from './openedArchive.ts'
import type { ListedArchive } from './readSources.ts'

/** The archives available to queries: those listed in history.db, except unreadable ones. */
export interface ArchiveShelf {
  /**
   * Answers a query from the listed archives. Repeats it without an archive that turned out to be damaged, and if the list
   * changed meanwhile, because days may then have moved from the live file to an archive.
   */
  readonly answer: <T>(make: (listed: readonly ListedArchive[]) => Promise<T>) => Promise<T>
  /** Reads an archive; only inside `answer`. The archive stays open for later queries. */
  readonly read: <T>(archive: ListedArchive, read: (opened: OpenedArchive) => T) => T
  /** Closes these archives, so that they can be renamed or removed and their disk space is freed. */
  readonly release: (names: readonly string[]) => void
  readonly close: () => void
}

export interface ArchiveShelfDeps {
  readonly live: LiveStore
  /** Folder of the archives. */
  readonly folder: string
  readonly onDamage: (file: string, damage: FoundDamage) => void
  readonly monotonic: () => number
}

/** Maximum archives kept open; opening one costs about 1 ms. */
const mostOpen = 64
const tryAgainMs = 60_000
/** Maximum attempts at an answer; few are needed, as archives change once a day. */
const mostAttempts = 5

class ArchiveUnreadable extends Error {
  override readonly name = 'ArchiveUnreadable'
  readonly archive: string
  readonly fault: FileFault
  constructor(archive: string, { fault, words }: FoundDamage, cause?: unknown) {
    super(words, { cause })
    this.archive = archive
    this.fault = fault
  }
}

export function createArchiveShelf({ live, folder, onDamage, monotonic }: ArchiveShelfDeps): ArchiveShelf {
  const archives = createOpenArchives(folder)
  /** Unreadable archives, and when to retry each: another program may have held the file. */
  const unreadable = new Map<string, number>()

  /** The listed archives, and a text that changes whenever the list does. */
  const list = (): { readonly listed: ListedArchive[]; readonly state: string } => {
    const rows = live.archives()
    const names = new Set(rows.map(({ name }) => name))
    archives.keepOnly(names)
    for (const [name, until] of [...unreadable]) if (!names.has(name) || until <= monotonic()) unreadable.delete(name)
    const listed: ListedArchive[] = []
    for (const { name, tier, from, to } of rows) {
      const period = parseArchiveName(name)?.period
      const span = period === undefined ? null : periodSpan(period)
      if (!span || unreadable.has(name)) continue
      // A seal of the last day may reach into the next one.
      listed.push({ name, tier, firstDay: dayOf(Math.max(from, span.from)), lastDay: dayOf(Math.min(to, span.to - 1)) })
    }
    return { listed, state: rows.map(({ name, to }) => `${name} ${to}`).join() }
  }

  return {
    answer: async (make) => {
      for (let attempt = 1; ; attempt++) {
        const { listed, state } = list()
        try {
          const answer = await make(listed)
          if (attempt >= mostAttempts || list().state === state) return answer
        } catch (error) {
          if (!(error instanceof ArchiveUnreadable)) throw error
          archives.drop([error.archive])
          unreadable.set(error.archive, monotonic() + tryAgainMs)
          // An archive that was just removed is not damaged; it is no longer listed.
          if (live.archives().some(({ name }) => name === error.archive)) onDamage(join(folder, error.archive), { fault: error.fault, words: error.message })
        }
      }
    },
    read: ({ name }, read) => {
      try {
        return read(archives.get(name))
      } catch (error) {
        if (!isUnreadable(error)) throw error
        throw new ArchiveUnreadable(name, { fault: faultOf(error), words: messageOf(error) }, error)
      }
    },
    release: archives.drop,
    close: () => archives.keepOnly(new Set()),
  }
}

/** A cache of open archives; the least recently used one is closed. */
function createOpenArchives(folder: string) {
  /** Ordered by last use, the most recent last. */
  const opened = new Map<string, OpenedArchive>()
  const catalogues = createCatalogues()

  const open = (name: string): OpenedArchive => {
    const made = openArchive(join(folder, name))
    if (!made.ok) throw new ArchiveUnreadable(name, made.error)
    const tier = parseArchiveName(name)?.tier
    // A day's file never changes: one transaction while it is open saves a lock and a journal check with each statement.
    if (tier === 'samples' || tier === 'minutes') made.value.db.exec('BEGIN')
    return asOpened(name, made.value, catalogues)
  }
  const drop = (names: Iterable<string>): void => {
    for (const name of names) {
      catalogues.drop(name)
      opened.get(name)?.archive.close()
      opened.delete(name)
    }
  }
  return {
    get: (name: string): OpenedArchive => {
      const there = opened.get(name) ?? open(name)
      opened.delete(name)
      opened.set(name, there)
      if (opened.size > mostOpen) drop(opened.keys().take(1).toArray())
      return there
    },
    drop,
    keepOnly: (names: ReadonlySet<string>): void => drop([...opened.keys()].filter((name) => !names.has(name))),
  }
}
