import type { SetAside } from '../../../shared/consoleTroubles.ts'
import type { StoreFigures } from '../../../shared/history.ts'
import type { Database } from '../../storage/openDatabase.ts'
import type { ArchiveEntry } from '../protocol/protocol.ts'

/** The files listed in history.db: archives, and damaged files that were set aside. */
export interface FileLists {
  readonly listArchive: (archive: ArchiveEntry) => void
  readonly unlistArchive: (name: string) => void
  readonly setAside: (aside: StoreFigures['setAside'][number]) => void
  /** Adds set-aside files found in the folders (a new history.db has none listed), and forgets those that were removed. */
  readonly knowSetAside: (found: readonly { readonly file: string; readonly at: number }[]) => void
  readonly allSetAside: () => StoreFigures['setAside']
}

export function createFileLists(db: Database, transact: (run: () => void) => boolean): FileLists {
  const sql = {
    listArchive: db.prepare<[ArchiveEntry]>(
      `INSERT INTO archives(name, tier, from_at, to_at, bytes, sha256) VALUES (@name, @tier, @from, @to, @bytes, @sha256)
       ON CONFLICT DO UPDATE SET tier = excluded.tier, from_at = excluded.from_at, to_at = excluded.to_at, bytes = excluded.bytes, sha256 = excluded.sha256`,
    ),
    unlistArchive: db.prepare<[string]>('DELETE FROM archives WHERE name = ?'),
    setAside: db.prepare<[string, number, string]>(
      'INSERT INTO set_aside(file, at, words) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at, words = excluded.words',
    ),
    forgetSetAside: db.prepare<[string]>('DELETE FROM set_aside WHERE file = ?'),
    allSetAside: db.prepare<[], { file: string; at: number; words: string }>('SELECT file, at, words FROM set_aside ORDER BY at, file'),
  }

  return {
    listArchive: (archive) => void sql.listArchive.run(archive),
    unlistArchive: (name) => void sql.unlistArchive.run(name),
    setAside: ({ file, at, damage }) => void sql.setAside.run(file, at, JSON.stringify(damage)),
    knowSetAside: (found) => {
      const known = new Set(sql.allSetAside.all().map(({ file }) => file))
      const added = found.filter(({ file }) => !known.delete(file))
      if (added.length + known.size === 0) return
      transact(() => {
        for (const { file, at } of added) sql.setAside.run(file, at, JSON.stringify({ damage: 'historyEarlier', file } satisfies SetAside))
        for (const file of known) sql.forgetSetAside.run(file)
      })
    },
    allSetAside: () => sql.allSetAside.all().map(({ file, at, words }) => ({ file, at, damage: keptDamage(file, words) })),
  }
}

/** Parses the stored reason of a set-aside file, which whoever shows it checks. */
function keptDamage(file: string, words: string): SetAside {
  try {
    return JSON.parse(words) as SetAside
  } catch {
    // The row itself is damaged, so what was wrong with the file is no longer known.
    return { damage: 'historyEarlier', file }
  }
}
