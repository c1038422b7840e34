/** Possible troubles of a server or stream. */
export type Trouble = 'down' | 'gone' | 'stalled' | 'slate'
/** The observed condition of a server or stream at one moment: a trouble that raises an alarm after its delay, or why there is none. */
export type Seen =
  | { readonly is: 'wrong'; readonly trouble: Trouble }
  | { readonly is: 'well' }
  /** Listed, but no data flow has been observed. */
  | { readonly is: 'undecided' }
  /** It can't be judged. */
  | { readonly is: 'unknown' }

/**
 * Predicts whether an alarm should be active, according to docs/alarms-reference.md; it shares no code with the judge. One instance follows one server
 * or stream, sampled once a second.
 */
export interface Expected {
  /** Records one sample. `isOpen`: an earlier alarm is still open, whether or not its trouble persists. */
  readonly see: (seen: Seen, now: number, isOpen: boolean) => void
  readonly lasts: () => boolean
  /** The console was killed: delays restart, flapping is forgotten, and the last recovery is only remembered if its alarm is open. */
  readonly restart: (lasts: boolean, isOpen: boolean) => void
}

const secondMs = 1_000
const undecidedMs = 30 * secondMs
const soonMs = 600 * secondMs
const hourMs = 3_600 * secondMs

/** `delaysOf`: seconds until a trouble raises an alarm, and until its end clears the alarm; null: no rule watches it any more. */
export function createExpected(delaysOf: (trouble: Trouble) => { readonly onDelay: number; readonly offDelay: number } | null): Expected {
  let isAlarm = false
  let wrongSince: number | null = null
  let wellSince: number | null = null
  let undecidedSince: number | null = null
  /** Trouble of the current or last alarm. */
  let found: Trouble | null = null
  /** When it was last well, and how long it must stay well to clear, because its trouble came back. */
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
    // The healthy period ends when the trouble began, not after the on-delay.
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
      // If the clock was set back, no recorded time may be later than now.
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
        // No rule applies any more: this alarm is over, and a later trouble raises a new one.
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
