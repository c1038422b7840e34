import type { Clock } from '../../clock/clock.ts'

/** Remembers since when conditions have been true that have no time of their own. */
export function createOnsets(clock: Pick<Clock, 'now'>) {
  /** By owner, then by name of the condition. */
  const byOwner = new Map<string, Map<string, number>>()
  return {
    /** The condition is true. Returns since when. */
    since: (ownerId: string, what: string): number => {
      const ofOwner = byOwner.get(ownerId) ?? new Map<string, number>()
      const since = ofOwner.get(what) ?? clock.now()
      byOwner.set(ownerId, ofOwner.set(what, since))
      return since
    },
    /** The condition is false. */
    clear: (ownerId: string, what: string): void => void byOwner.get(ownerId)?.delete(what),
    forget: (ownerId: string): void => void byOwner.delete(ownerId),
  }
}
export type Onsets = ReturnType<typeof createOnsets>
