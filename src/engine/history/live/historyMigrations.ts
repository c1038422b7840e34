import type { Migration } from '../../storage/migrate.ts'
import type { OpenDatabaseOptions } from '../../storage/openDatabase.ts'
import { migration0010Samples } from './migrations/0010-samples.ts'
import { migration0020Tiers } from './migrations/0020-tiers.ts'
import { migration0040JournalOverwritten } from './migrations/0040-journal-overwritten.ts'

/** Schema of history.db. */
export const historyMigrations: readonly Migration[] = [
  { version: 10, run: migration0010Samples },
  { version: 20, run: migration0020Tiers },
  // From here on seals may be of form 3 (chunkPack.ts), which older versions can't read. The tables don't change.
  { version: 30, run: () => {} },
  { version: 40, run: migration0040JournalOverwritten },
]

/** Options for opening or creating history.db. */
export const historyFile: OpenDatabaseOptions = {
  migrations: historyMigrations,
  shrinks: true,
  // Small pages, because a commit of a small fleet has some hundred bytes but writes whole pages. Large rows span many pages anyway.
  pageSize: 2048,
}
