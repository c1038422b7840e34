/** Maximum time between the end of a trouble and its return to count as flapping, ms. */
const soonMs = 600_000
/** A trouble that returns within this time, or returns again, must stay away longer than it just did, ms. */
const chatterMs = 60_000
const growth = 1.5
const firstHoldMs = 15_000
const longestHoldMs = 3_600_000

interface Flap {
  /** When the trouble was last absent: since then, or until it returned. Epoch ms. */
  wellAt: number
  /** How long it must be absent next time. */
  holdMs: number
}

/**
 * Remembers troubles that come and go. With each return a trouble must be absent for longer before it counts as healed: 1.5 times as long as before, and as
 * it was absent this time; at least 15 s, at most an hour. Two outages some minutes apart may be unrelated: after a first return later than a minute,
 * 15 s are enough, so that the end of the second one is not reported late.
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
    /** The trouble was raised again, as a new alarm. */
    raised: (ownerId: string, key: string, at: number): void => {
      const flap = flaps.get(nameOf(ownerId, key))
      if (flap !== undefined) returned(ownerId, key, flap.wellAt, at)
    },
    /** The trouble is absent but has not healed yet. Keeps the hold time from expiring meanwhile. */
    calm: (ownerId: string, key: string, since: number): void => {
      const flap = flaps.get(nameOf(ownerId, key))
      if (flap !== undefined) flap.wellAt = since
    },
    healed: (ownerId: string, key: string, wellAt: number): void => {
      const name = nameOf(ownerId, key)
      flaps.set(name, { wellAt, holdMs: flaps.get(name)?.holdMs ?? 0 })
    },
    /** What to store beyond this process; undefined: the trouble has not returned soon. */
    of: (ownerId: string, key: string): Readonly<Flap> | undefined => {
      const flap = flaps.get(nameOf(ownerId, key))
      return flap === undefined || flap.holdMs === 0 ? undefined : { ...flap }
    },
    restore: (ownerId: string, key: string, flap: Readonly<Flap>): void => void flaps.set(nameOf(ownerId, key), { ...flap }),
    /** A later trouble is unrelated. */
    forget: (ownerId: string, key: string): void => void flaps.delete(nameOf(ownerId, key)),
    holdMs: (ownerId: string, key: string): number => flaps.get(nameOf(ownerId, key))?.holdMs ?? 0,
    /** Drops troubles that have been absent, or present, for long. */
    prune: (at: number): void => {
      for (const [name, flap] of flaps) {
        // The clock may have been set back.
        flap.wellAt = Math.min(flap.wellAt, at)
        if (at - flap.wellAt > Math.max(soonMs, flap.holdMs)) flaps.delete(name)
      }
    },
  }
}
