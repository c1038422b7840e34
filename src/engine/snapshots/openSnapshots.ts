import type { Clock } from '../../clock/clock.ts'
import type { Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import type { DatabaseError } from '../storage/openDatabase.ts'
import { type OpenedOrBegun, openOrBegin } from '../storage/openOrBegin.ts'
import { snapshotsFile } from './snapshotFiles.ts'
import { snapshotMigrations } from './snapshotMigrations.ts'

/** Opens the index of snapshots. The pictures of a damaged one stay until their folders are due to be deleted. */
export function openSnapshots({
  dataDir,
  ...deps
}: {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly dataDir: string
}): Result<OpenedOrBegun, DatabaseError> {
  // It is checked whole: the rows of a hundred thousand pictures are some megabytes.
  return openOrBegin(deps, 'snapshots', snapshotsFile(dataDir), { migrations: snapshotMigrations, check: true })
}
