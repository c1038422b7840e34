import type { Migration } from '../storage/migrate.ts'
import { migration0010Samples } from './migrations/0010-samples.ts'
import { migration0020Tiers } from './migrations/0020-tiers.ts'

/** The shape of history.db. */
export const historyMigrations: readonly Migration[] = [
  { version: 10, run: migration0010Samples },
  { version: 20, run: migration0020Tiers },
  // From here on seals may be of form 3 (chunkPack.ts), which an older mtxdeck can not read. Tables stay as they are.
  { version: 30, run: () => {} },
]
