/** What returns within this time of its end comes and goes, ms. */
const soonMs = 600_000
/** What returns within this time, or for the second time, has to be well for longer than it was this time, ms. */
const chatterMs = 60_000
const growth = 1.5
const firstHoldMs = 15_000
const longestHoldMs = 3_600_000

interface Flap {
  /** When it was last well: since then, or until it came back. Epoch ms. */
  wellAt: number
  /** How long it has to be well the next time. */
  holdMs: number
}

/**
 * Remembers what comes and goes. With each return it has to be well for longer before it has healed: half as long again as before, and as it was well
 * this time, for 15 s at least and an hour at most. Two outages some minutes apart may have nothing to do with each other: a first return after more
 * than a minute is let off with 15 s, so that nobody waits for the end of the second one.
 */
export function createFlapping() {
  const flaps = new Map<string, Flap>()
  const nameOf = (ownerId: string, key: string) => `${ownerId} ${key}`
  const returned = (ownerId: string, key: string, wellAt: number, at: number): void => {
    const name = nameOf(ownerId, key)
    const before = flaps.get(name)?.holdMs ?? 0
    const gapMs = Math.max(0, at - wellAt)
    if (gapMs > Math.max(soonMs, before)) return
    flaps.set(name, { wellAt, holdMs: Math.min(longestHoldMs, Math.max(firstHoldMs, before * growth, before === 0 && gapMs > chatterMs ? 0 : gapMs * growth)) })
  }
  return {
    returned,
    /** Raised anew, as another alarm. */
    raised: (ownerId: string, key: string, at: number): void => {
      const flap = flaps.get(nameOf(ownerId, key))
      if (flap !== undefined) returned(ownerId, key, flap.wellAt, at)
    },
    /** It is well again, and has not healed yet: how long it has to be so is not forgotten meanwhile. */
    calm: (ownerId: string, key: string, since: number): void => {
      const flap = flaps.get(nameOf(ownerId, key))
      if (flap !== undefined) flap.wellAt = since
    },
    healed: (ownerId: string, key: string, wellAt: number): void => {
      const name = nameOf(ownerId, key)
      flaps.set(name, { wellAt, holdMs: flaps.get(name)?.holdMs ?? 0 })
    },
    /** As it is to be remembered beyond this process; undefined: it has not come back soon. */
    of: (ownerId: string, key: string): Readonly<Flap> | undefined => {
      const flap = flaps.get(nameOf(ownerId, key))
      return flap === undefined || flap.holdMs === 0 ? undefined : { ...flap }
    },
    restore: (ownerId: string, key: string, flap: Readonly<Flap>): void => void flaps.set(nameOf(ownerId, key), { ...flap }),
    /** What comes back later has nothing to do with it. */
    forget: (ownerId: string, key: string): void => void flaps.delete(nameOf(ownerId, key)),
    holdMs: (ownerId: string, key: string): number => flaps.get(nameOf(ownerId, key))?.holdMs ?? 0,
    /** Forgets what has been well, or wrong, for long. */
    prune: (at: number): void => {
      for (const [name, flap] of flaps) {
        // The clock may have been set back.
        flap.wellAt = Math.min(flap.wellAt, at)
        if (at - flap.wellAt > Math.max(soonMs, flap.holdMs)) flaps.delete(name)
      }
    },
  }
}
