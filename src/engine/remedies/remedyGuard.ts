import type { RehearsedAlarm } from '../../shared/rehearsal.ts'
import { mostUnhelpful, type RemedyActed } from '../../shared/remedies.ts'
import type { Remedy } from '../../shared/remedyInput.ts'
import type { AlarmSubject } from '../../shared/subjectNames.ts'
import { ownerIdOf, partOf } from '../../shared/subjectNames.ts'

/** An act as far as limits depend on it. */
interface GuardedAct {
  readonly at: number
  readonly subject: AlarmSubject
}

const hourMs = 3_600_000
const isSame = (a: AlarmSubject, b: AlarmSubject): boolean => a.kind === b.kind && ownerIdOf(a) === ownerIdOf(b) && partOf(a) === partOf(b)

/**
 * Whether a rule's acts of before hold back another one. `again`: the same stream or host was acted on too recently. `tooMany`: there were enough within
 * the hour. Acts of a later time, as after the clock was set back, count: nothing is done twice for a wrong clock. null: nothing holds it back.
 */
export function heldBack({ againSeconds, mostAnHour }: Remedy, acts: readonly GuardedAct[], subject: AlarmSubject, now: number): 'again' | 'tooMany' | null {
  if (acts.some((act) => act.at > now - againSeconds * 1000 && isSame(act.subject, subject))) return 'again'
  return acts.filter(({ at }) => at > now - hourMs).length >= mostAnHour ? 'tooMany' : null
}

/** How many acts an hour of history can have held, and so how many have to be remembered. */
export const mostRemembered = 100

/** Whether the last acts since a remedy was armed, newest first, all came to nothing. */
export function isUnhelpful(acts: readonly Pick<RemedyActed, 'outcome' | 'helped'>[]): boolean {
  const last = acts.filter(({ outcome, helped }) => outcome === 'failed' || outcome === 'unknown' || helped !== null).slice(0, mostUnhelpful)
  return last.length === mostUnhelpful && last.every(({ outcome, helped }) => outcome !== 'done' || helped === false)
}

/** Plays a remedy over alarms of the past, oldest first, as if no act had helped. `held`: times at which the limit per hour held it back. */
export function playRemedy(
  remedy: Remedy,
  alarms: readonly RehearsedAlarm[],
  to: number,
): { readonly acts: readonly (GuardedAct & { readonly ownerName: string })[]; readonly held: number } {
  const [afterMs, againMs] = [remedy.afterSeconds * 1000, remedy.againSeconds * 1000]
  // Each alarm is due first after its delay, and then again while it lasts.
  const due = alarms
    .flatMap(({ subject, serverName, start, end }) => {
      const times: (GuardedAct & { ownerName: string })[] = []
      for (let at = start + afterMs; at < (end ?? to) && times.length < mostRemembered; at += againMs) times.push({ at, subject, ownerName: serverName })
      return times
    })
    .sort((a, b) => a.at - b.at)
  const acts: (GuardedAct & { ownerName: string })[] = []
  let held = 0
  for (const one of due) {
    const because = heldBack(remedy, acts.slice(-mostRemembered), one.subject, one.at)
    if (because === null) acts.push(one)
    else if (because === 'tooMany') held++
  }
  return { acts, held }
}
