import type { Clock } from '../../clock/clock.ts'
import { messageOf } from '../../shared/messageOf.ts'
import type { Log } from '../ports.ts'

/** After a failure of the disk, nothing is written for this time, ms. */
const diskWaitMs = 30_000

/** Runs functions that write pictures. A failure of the disk is logged, and writing resumes later; pictures of that time are missing. */
export function createSnapshotDisk({ clock, log }: { readonly clock: Pick<Clock, 'monotonic'>; readonly log: Log }) {
  /** Why pictures can't be stored, and when to try again (monotonic). */
  let trouble: { readonly words: string; readonly until: number } | null = null
  return {
    run: async (work: () => Promise<void>): Promise<void> => {
      try {
        await work()
        trouble = null
      } catch (error) {
        if (trouble === null) log.error({ error: messageOf(error) }, 'snapshots cannot be stored')
        trouble = { words: messageOf(error), until: clock.monotonic() + diskWaitMs }
      }
    },
    /** Whether nothing should be written now (monotonic). */
    isWaiting: (now: number): boolean => trouble !== null && now < trouble.until,
    /** Why pictures can't be stored; null: the last attempt succeeded. */
    trouble: (): string | null => trouble?.words ?? null,
  }
}
export type SnapshotDisk = ReturnType<typeof createSnapshotDisk>
