/** What is seen of a server or stream at a moment: a trouble with the delays of its rule in seconds, or why there is none. */
export type Seen =
  | { readonly is: 'wrong'; readonly onDelay: number; readonly offDelay: number }
  | { readonly is: 'well' }
  /** Listed, and no data has been seen to flow. */
  | { readonly is: 'undecided' }
  /** It can't be judged. */
  | { readonly is: 'unknown' }

/**
 * Says whether there should be an alarm that lasts, from what docs/alarms.md promises: nothing here is shared with the judge. It keeps what was seen of one
 * thing, once a second.
 */
export interface Expected {
  readonly see: (seen: Seen, now: number) => void
  readonly lasts: () => boolean
  /** The console was killed: delays begin anew, what comes and goes is forgotten, and of what healed only an open alarm knows. */
  readonly restart: (lasts: boolean, isOpen: boolean) => void
}

const secondMs = 1_000
const undecidedMs = 30 * secondMs
const soonMs = 600 * secondMs
const hourMs = 3_600 * secondMs

export function createExpected(): Expected {
  let isAlarm = false
  let wrongSince: number | null = null
  let wellSince: number | null = null
  let undecidedSince: number | null = null
  /** Off-delay of the rule that found it last. */
  let offMs = 0
  /** When it was last well, and how long it has to be because it came back. */
  let wellAt: number | null = null
  let flapMs = 0

  const cameBack = (endedAt: number | null, now: number) => {
    if (endedAt === null || now - endedAt > Math.max(soonMs, flapMs)) return
    wellAt = endedAt
    const gapMs = now - endedAt
    flapMs = Math.min(hourMs, Math.max(15 * secondMs, flapMs * 1.5, flapMs === 0 && gapMs > 60 * secondMs ? 0 : gapMs * 1.5))
  }
  const isWrong = (onMs: number, now: number) => {
    undecidedSince = null
    if (isAlarm) {
      cameBack(wellSince, now)
      wellSince = null
      return
    }
    wrongSince ??= now
    if (now - wrongSince < onMs) return
    // How long it was well does not include the on-delay.
    cameBack(wellAt, wrongSince)
    isAlarm = true
    wrongSince = null
  }
  const isWell = (now: number) => {
    wellSince ??= now
    wellAt = wellSince
    if (now - wellSince < Math.max(offMs, flapMs)) return
    isAlarm = false
    wellSince = null
  }
  return {
    see: (seen, now) => {
      if (wellAt !== null && now - wellAt > Math.max(soonMs, flapMs)) flapMs = 0
      if (seen.is === 'wrong') {
        isWrong(seen.onDelay * secondMs, now)
        if (isAlarm) offMs = seen.offDelay * secondMs
        return
      }
      wrongSince = null
      if (!isAlarm) return
      if (seen.is === 'undecided') {
        undecidedSince ??= now
        if (now - undecidedSince >= undecidedMs) isWell(now)
        return
      }
      undecidedSince = null
      if (seen.is === 'well') isWell(now)
      else wellSince = null
    },
    lasts: () => isAlarm,
    restart: (lasts, isOpen) => {
      isAlarm = lasts
      wrongSince = null
      wellSince = null
      undecidedSince = null
      flapMs = 0
      if (!isOpen) wellAt = null
    },
  }
}
