import type { Migration } from '../../storage/migrate.ts'
import type { OpenDatabaseOptions } from '../../storage/openDatabase.ts'
import { migration0010Samples } from './migrations/0010-samples.ts'
import { migration0020Tiers } from './migrations/0020-tiers.ts'

/** The shape of history.db. */
export const historyMigrations: readonly Migration[] = [
  { version: 10, run: migration0010Samples },
  { version: 20, run: migration0020Tiers },
  // From here on seals may be of form 3 (chunkPack.ts), which an older mtxdeck cannot read. Tables stay as they are.
  { version: 30, run: () => {} },
]

/** What history.db is opened with wherever it is made. */
export const historyFile: OpenDatabaseOptions = {
  migrations: historyMigrations,
  shrinks: true,
  // A commit of a small fleet is some hundred bytes, and writes a few whole pages; what is large lies in rows of many.
  pageSize: 4096,
}
