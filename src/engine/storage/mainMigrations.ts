import type { Migration } from './migrate.ts'
import { migration0010Servers } from './migrations/0010-servers.ts'

/** The shape of main.db: everything but history. Owners add their file in `migrations/` and its line here. */
export const mainMigrations: readonly Migration[] = [{ version: 10, run: migration0010Servers }]
