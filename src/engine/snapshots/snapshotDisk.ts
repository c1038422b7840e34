import type { Clock } from '../../clock/clock.ts'
import { messageOf } from '../../shared/messageOf.ts'
import type { Log } from '../ports.ts'

/** What a full disk refused is tried again after this time, ms. */
const diskWaitMs = 30_000

/** Runs what writes pictures. What fails of the disk is said and tried again later; the pictures of that time are missing. */
export function createSnapshotDisk({ clock, log }: { readonly clock: Pick<Clock, 'monotonic'>; readonly log: Log }) {
  /** Why none can be stored, and when that is tried again (monotonic). */
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
    /** Nothing is to be written at this moment (monotonic). */
    isWaiting: (now: number): boolean => trouble !== null && now < trouble.until,
    /** Why none can be stored; null: the last attempt succeeded. */
    trouble: (): string | null => trouble?.words ?? null,
  }
}
export type SnapshotDisk = ReturnType<typeof createSnapshotDisk>
