import { type AlarmChange, isOnset, type Onset, type Unsure } from '../../shared/alarms.ts'
import { type AlarmRecord, apply, incidentsLeft, withoutCalm } from './alarmLife.ts'

/** Maximum number of stored changes per alarm: an alarm that flaps for a month must not fill the disk. The oldest and the latest are kept. */
export const mostChanges = 500

/** A change that includes the reason. */
type Reasoned = Onset | Extract<AlarmChange, { kind: 'why' }>
const isReasoned = (change: AlarmChange): change is Reasoned => isOnset(change) || change.kind === 'why'

/**
 * An alarm, open or closed, as it was at a past time. The stored row is its latest version, so earlier ones are derived from its changes. null: it was not
 * raised yet, or its changes are unreadable.
 */
export function alarmThen(latest: AlarmRecord, changes: readonly AlarmChange[], at: number): AlarmRecord | null {
  const [first] = changes
  if (first?.kind !== 'raised' || first.at > at) return null
  const next = changes.findIndex((change) => change.at > at)
  // No change since, although the trouble may have been absent, or its event happened again, which is only counted.
  if (next < 0) {
    const then = latest.calmSince !== undefined && latest.calmSince > at ? withoutCalm(latest) : latest
    const isBack = then.since > at
    if (!isBack && !saysSinceLater(then, at)) return then
    const { said: _, whySince: __, ...silent } = then
    const { unsure, ...said } = saidAt(then, changes.findLast(isReasoned) ?? first, undefined, at)
    const onset = changes.findLast(isOnset) ?? first
    return { ...silent, ...said, ...(isBack && { since: Math.min(at, onset.since) }), unsure: [...(isBack ? (['count'] as const) : []), ...unsure] }
  }
  const [before, after] = [changes.slice(0, next), changes.slice(next)]
  const {
    planned: _,
    calmSince: __,
    clearsAt: _______,
    said: ___,
    whySince: ____,
    was: _____,
    returns: ______,
    ruleName,
    runbook,
    runbookUrl,
    causes,
    ...kept
  } = latest
  const start: AlarmRecord = {
    ...kept,
    kind: first.trouble,
    severity: first.severity,
    healedAt: null,
    suppressedBy: null,
    count: 1,
    // The numbers of affected streams and readers are known for the latest version only.
    streams: null,
    readers: null,
    acknowledged: null,
    shelf: null,
    comments: 0,
    closed: null,
  }
  const then = before.reduce(apply, start)
  const [left] = incidentsLeft(after)
  const healed = after.find(({ kind }) => kind === 'healed')
  const calmSince = healed?.kind === 'healed' ? healed.since : undefined
  const { unsure: unsureWhy, ...saidThen } = saidAt(latest, before.findLast(isReasoned) ?? first, after.find(isReasoned), at)
  const unsure = [...unsureOf(latest, then, changes, next), ...unsureWhy]
  return {
    ...then,
    ...(left !== undefined && { incident: left }),
    since: (before.findLast(isOnset) ?? first).since,
    ...saidThen,
    // A trouble of another kind belongs to another rule.
    rule: then.kind === latest.kind ? latest.rule : then.kind,
    ...(then.kind === latest.kind && {
      ...(ruleName !== undefined && { ruleName }),
      ...(runbook !== undefined && { runbook }),
      ...(runbookUrl !== undefined && { runbookUrl }),
    }),
    // They may differ for a later onset.
    ...(causes !== undefined && !after.some(isOnset) && { causes }),
    ...(then.healedAt === null && calmSince !== undefined && calmSince <= at && { calmSince }),
    ...(unsure.length > 0 && { unsure }),
  }
}

/** Whether the current reason dates from after `at`. */
const saysSinceLater = ({ whySince }: AlarmRecord, at: number): boolean => whySince !== undefined && whySince > at

/** The reason at a past time, from the last change before it that includes one, and whether it is uncertain. `next`: the next change with a reason. */
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
  return { why: step.why, unsure: isLatest || (next !== undefined && next.kind !== 'why') ? [] : ['why'] }
}

function unsureOf(latest: AlarmRecord, then: AlarmRecord, changes: readonly AlarmChange[], next: number): Unsure[] {
  // What an event does again is counted, but is no change.
  const returnedLater = changes.slice(next).filter(({ kind }) => kind === 'returned' || kind === 'recurred').length
  return [
    ...(changes.length >= mostChanges && next === changes.length - 1 ? (['state'] as const) : []),
    ...(latest.count - returnedLater > then.count ? (['count'] as const) : []),
  ]
}
