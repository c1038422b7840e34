import type { Clock } from '../../clock/clock.ts'

/** Remembers since when something is so that has no time of its own. */
export function createOnsets(clock: Pick<Clock, 'now'>) {
  /** By server or host, then by what it is. */
  const byOwner = new Map<string, Map<string, number>>()
  return {
    /** It is so now. Returns since when. */
    since: (ownerId: string, what: string): number => {
      const ofOwner = byOwner.get(ownerId) ?? new Map<string, number>()
      const since = ofOwner.get(what) ?? clock.now()
      byOwner.set(ownerId, ofOwner.set(what, since))
      return since
    },
    /** It is not so now. */
    over: (ownerId: string, what: string): void => void byOwner.get(ownerId)?.delete(what),
    forget: (ownerId: string): void => void byOwner.delete(ownerId),
  }
}
export type Onsets = ReturnType<typeof createOnsets>
