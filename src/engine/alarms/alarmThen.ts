import type { AlarmChange, Unsure } from '../../shared/alarms.ts'
import { type AlarmRecord, apply, restless } from './alarmLife.ts'

/** Changes of one alarm that are stored: one that flaps for a month must not fill the disk. The oldest stay, and so does the latest. */
export const mostChanges = 500

type Onset = Extract<AlarmChange, { kind: 'raised' | 'returned' | 'turned' }>
const isOnset = (change: AlarmChange): change is Onset => change.kind === 'raised' || change.kind === 'returned' || change.kind === 'turned'
/** A step at which its reason is stored. */
type Reasoned = Onset | Extract<AlarmChange, { kind: 'why' }>
const isReasoned = (change: AlarmChange): change is Reasoned => isOnset(change) || change.kind === 'why'

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
    const isBack = then.since > at
    if (!isBack && !saysSinceLater(then, at)) return then
    const { said: _, whySince: __, ...silent } = then
    const { unsure, ...said } = saidAt(then, changes.findLast(isReasoned) ?? first, undefined, at)
    const onset = changes.findLast(isOnset) ?? first
    return { ...silent, ...said, ...(isBack && { since: Math.min(at, onset.since ?? onset.at) }), unsure: [...(isBack ? (['count'] as const) : []), ...unsure] }
  }
  const [before, after] = [changes.slice(0, next), changes.slice(next)]
  const { planned: _, calmSince: __, said: ___, whySince: ____, was: _____, returns: ______, rule, runbook, runbookUrl, causes, ...kept } = latest
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
  const { unsure: unsureWhy, ...saidThen } = saidAt(latest, before.findLast(isReasoned) ?? first, after.find(isReasoned), at)
  const unsure = [...unsureOf(latest, then, changes, next), ...unsureWhy]
  return {
    ...then,
    since: sinceOf(latest, before.findLast(isOnset) ?? first, after.some(isOnset), at),
    ...saidThen,
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

/** Since when it lasted, as its latest onset says. Those of before 22 November 2026 don't. */
const sinceOf = (latest: AlarmRecord, onset: Onset, isOver: boolean, at: number): number => onset.since ?? (isOver ? onset.at : Math.min(latest.since, at))

/** Whether what it says now was said later than at a moment. */
const saysSinceLater = ({ whySince }: AlarmRecord, at: number): boolean => whySince !== undefined && whySince > at

/** What it said by the last step before that has a reason, and whether that may have been something else by then. `next`: the step with its next one. */
function saidAt(
  latest: AlarmRecord,
  step: Reasoned,
  next: Reasoned | undefined,
  at: number,
): Pick<AlarmRecord, 'why' | 'said' | 'whySince'> & { readonly unsure: readonly Unsure[] } {
  const isLatest = next === undefined && !saysSinceLater(latest, at)
  if (isLatest && latest.whySince !== undefined) {
    const { why, said, whySince } = latest
    return { why, ...(said !== undefined && { said }), whySince, unsure: [] }
  }
  if (step.kind === 'why') {
    const { why, said, at: whySince } = step
    return { why, ...(said !== undefined && { said }), whySince, unsure: ['why'] }
  }
  // Onsets of before 22 November 2026 say no reason.
  const why = step.why ?? (isLatest ? latest.why : { kind: 'notKept' as const })
  return { why, unsure: isLatest || (next !== undefined && next.kind !== 'why') ? [] : ['why'] }
}

function unsureOf(latest: AlarmRecord, then: AlarmRecord, changes: readonly AlarmChange[], next: number): Unsure[] {
  // A return within the off-delay is counted, and is no change.
  const returnedLater = changes.slice(next).filter(({ kind }) => kind === 'returned').length
  return [
    ...(changes.length >= mostChanges && next === changes.length - 1 ? (['state'] as const) : []),
    ...(latest.count - returnedLater > then.count ? (['count'] as const) : []),
  ]
}
