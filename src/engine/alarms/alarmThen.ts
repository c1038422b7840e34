import type { AlarmChange, Unsure } from '../../shared/alarms.ts'
import { type AlarmRecord, apply, restless } from './alarmLife.ts'

/** Changes of one alarm that are stored: one that flaps for a month must not fill the disk. The oldest stay, and so does the latest. */
export const mostChanges = 500

type Onset = Extract<AlarmChange, { kind: 'raised' | 'returned' | 'turned' }>
const isOnset = (change: AlarmChange): change is Onset => change.kind === 'raised' || change.kind === 'returned' || change.kind === 'turned'

/**
 * An alarm as it stood at a moment, open or closed, by what happened to it until then: the stored row is that of its latest change. null: it was not
 * raised yet, or what happened to it can't be read.
 */
export function alarmThen(latest: AlarmRecord, changes: readonly AlarmChange[], at: number): AlarmRecord | null {
  const [first] = changes
  if (first?.kind !== 'raised' || first.at > at) return null
  const next = changes.findIndex((change) => change.at > at)
  // Nothing has happened since, except that it may be well again, or may have come back, which is counted only.
  if (next < 0) {
    const then = latest.calmSince !== undefined && latest.calmSince > at ? restless(latest) : latest
    if (then.since <= at) return then
    const onset = changes.findLast(isOnset) ?? first
    return { ...then, since: Math.min(at, onset.since ?? onset.at), why: onset.why ?? then.why, unsure: ['count'] }
  }
  const [before, after] = [changes.slice(0, next), changes.slice(next)]
  const { planned: _, calmSince: __, said: ___, was: ____, returns: _____, rule, runbook, runbookUrl, causes, ...kept } = latest
  const start: AlarmRecord = {
    ...kept,
    kind: first.trouble,
    severity: first.severity,
    healedAt: null,
    suppressedBy: null,
    count: 1,
    // Whom it hit is known of its latest change only.
    streams: null,
    readers: null,
    acknowledged: null,
    shelf: null,
    comments: 0,
    closed: null,
  }
  const then = before.reduce(apply, start)
  const healed = after.find(({ kind }) => kind === 'healed')
  const calmSince = healed?.kind === 'healed' ? healed.since : undefined
  const unsure = unsureOf(latest, then, changes, next)
  return {
    ...then,
    ...onsetOf(latest, before.findLast(isOnset) ?? first, after.some(isOnset), at),
    // A trouble that turns into another one has another rule.
    ...(then.kind === latest.kind && {
      ...(rule !== undefined && { rule }),
      ...(runbook !== undefined && { runbook }),
      ...(runbookUrl !== undefined && { runbookUrl }),
    }),
    // Of a later onset they are others.
    ...(causes !== undefined && !after.some(isOnset) && { causes }),
    ...(then.healedAt === null && calmSince !== undefined && calmSince <= at && { calmSince }),
    ...(unsure.length > 0 && { unsure }),
  }
}

/** Since when and why it lasted, as its latest onset says. Those of before 22 November 2026 say neither. */
function onsetOf(latest: AlarmRecord, onset: Onset, isOver: boolean, at: number): Pick<AlarmRecord, 'since' | 'why'> {
  const { since, why } = isOver ? { since: onset.at, why: { kind: 'notKept' } as const } : latest
  return { since: onset.since ?? Math.min(since, at), why: onset.why ?? why }
}

function unsureOf(latest: AlarmRecord, then: AlarmRecord, changes: readonly AlarmChange[], next: number): Unsure[] {
  // A return within the off-delay is counted, and is no change.
  const returnedLater = changes.slice(next).filter(({ kind }) => kind === 'returned').length
  return [
    ...(changes.length >= mostChanges && next === changes.length - 1 ? (['state'] as const) : []),
    ...(latest.count - returnedLater > then.count ? (['count'] as const) : []),
  ]
}
