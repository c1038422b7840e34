import type { Migration } from './migrate.ts'

/** The shape of main.db: everything but history. Owners add their file in `migrations/` and its line here. */
export const mainMigrations: readonly Migration[] = [
  // { version: 10, run: createServers },
]
