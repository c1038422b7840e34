import type { Migration } from '../../storage/migrate.ts'
import type { OpenDatabaseOptions } from '../../storage/openDatabase.ts'
import { migration0010Samples } from './migrations/0010-samples.ts'
import { migration0020Tiers } from './migrations/0020-tiers.ts'

/** Schema of history.db. */
export const historyMigrations: readonly Migration[] = [
  { version: 10, run: migration0010Samples },
  { version: 20, run: migration0020Tiers },
  // From here on seals may be of form 3 (chunkPack.ts), which older versions can't read. The tables don't change.
  { version: 30, run: () => {} },
]

/** Options for opening or creating history.db. */
export const historyFile: OpenDatabaseOptions = {
  migrations: historyMigrations,
  shrinks: true,
  // Small pages, because a commit of a small fleet has some hundred bytes but writes whole pages. Large rows span many pages anyway.
  pageSize: 4096,
}
