/** What may be wrong with a server or stream. */
export type Trouble = 'down' | 'gone' | 'stalled' | 'slate'
/** What is seen of a server or stream at a moment: a trouble that is an alarm after some time, or why there is none. */
export type Seen =
  | { readonly is: 'wrong'; readonly trouble: Trouble }
  | { readonly is: 'well' }
  /** Listed, and no data has been seen to flow. */
  | { readonly is: 'undecided' }
  /** It can't be judged. */
  | { readonly is: 'unknown' }

/**
 * Says whether there should be an alarm that lasts, from what docs/alarms-reference.md promises: nothing here is shared with the judge. It keeps what was seen of one
 * thing, once a second.
 */
export interface Expected {
  /** `isOpen`: an alarm of before is still open, whether it lasts or not. */
  readonly see: (seen: Seen, now: number, isOpen: boolean) => void
  readonly lasts: () => boolean
  /** The console was killed: delays begin anew, what comes and goes is forgotten, and of what healed only an open alarm knows. */
  readonly restart: (lasts: boolean, isOpen: boolean) => void
}

const secondMs = 1_000
const undecidedMs = 30 * secondMs
const soonMs = 600 * secondMs
const hourMs = 3_600 * secondMs

/** `delaysOf`: seconds until a trouble is an alarm, and until that is over; null: nobody wants to hear of it any more. */
export function createExpected(delaysOf: (trouble: Trouble) => { readonly onDelay: number; readonly offDelay: number } | null): Expected {
  let isAlarm = false
  let wrongSince: number | null = null
  let wellSince: number | null = null
  let undecidedSince: number | null = null
  /** What was found last. */
  let found: Trouble | null = null
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
    const offMs = ((found && delaysOf(found)?.offDelay) ?? 0) * secondMs
    if (now - wellSince < Math.max(offMs, flapMs)) return
    isAlarm = false
    wellSince = null
  }
  return {
    see: (seen, now, isOpen) => {
      // Somebody set the clock back: what was, was no later than now.
      wrongSince &&= Math.min(wrongSince, now)
      wellSince &&= Math.min(wellSince, now)
      undecidedSince &&= Math.min(undecidedSince, now)
      wellAt &&= Math.min(wellAt, now)
      if (wellAt !== null && now - wellAt > Math.max(soonMs, flapMs)) flapMs = 0
      if (seen.is === 'wrong') {
        isWrong((delaysOf(seen.trouble)?.onDelay ?? 0) * secondMs, now)
        if (isAlarm) found = seen.trouble
        return
      }
      if (isOpen && found !== null && delaysOf(found) === null) {
        // No rule is for it any more: it is over, and what comes later is another one.
        isAlarm = false
        wellAt = null
        wellSince = null
        undecidedSince = null
        flapMs = 0
        found = null
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
