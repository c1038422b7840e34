import { type AlarmChange, isOnset, type Onset, type Unsure } from '../../shared/alarms.ts'
import { type AlarmRecord, apply, incidentsLeft, withoutCalm } from './alarmLife.ts'

/** Maximum number of stored changes per alarm: an alarm that flaps for a month must not fill the disk. The oldest and the latest are kept. */
export const mostChanges = 500

/**
 * An alarm, open or closed, as it was at a past time. The stored row is its latest version, so earlier ones are derived from its changes. Its reason is
 * the latest or, if that came later, that of its onset, whose figures may have changed by then. null: it was not raised yet, or its changes are unreadable.
 */
export function alarmThen(latest: AlarmRecord, changes: readonly AlarmChange[], at: number): AlarmRecord | null {
  const [first] = changes
  if (first?.kind !== 'raised' || first.at > at) return null
  const next = changes.findIndex((change) => change.at > at)
  // No change since, although the trouble may have been absent, or its event happened again, which is only counted.
  if (next < 0) {
    const then = latest.calmSince !== undefined && latest.calmSince > at ? withoutCalm(latest) : latest
    const onset = changes.findLast(isOnset) ?? first
    const isBack = then.since > at
    const { unsure, ...reason } = reasonOf(then, onset, at)
    if (!isBack && unsure.length === 0) return then
    const { said: _, whySince: __, ...silent } = then
    return { ...silent, ...reason, ...(isBack && { since: Math.min(at, onset.since) }), unsure: [...(isBack ? (['count'] as const) : []), ...unsure] }
  }
  const [before, after] = [changes.slice(0, next), changes.slice(next)]
  const {
    planned: _,
    calmSince: __,
    clearsAt: ____,
    said: ___,
    whySince: _______,
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
  const onset = before.findLast(isOnset) ?? first
  const { unsure: unsureWhy, ...reason } = reasonOf(latest, onset, at)
  const unsure = [...unsureOf(latest, then, changes, next), ...unsureWhy]
  return {
    ...then,
    ...(left !== undefined && { incident: left }),
    since: onset.since,
    ...reason,
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

/** The reason at a past time: the latest one if it had come by then, else that of the onset before, after which there may have been another. */
function reasonOf(
  { why, said, whySince, raisedAt }: AlarmRecord,
  onset: Onset,
  at: number,
): Pick<AlarmRecord, 'why' | 'said' | 'whySince'> & { readonly unsure: readonly Unsure[] } {
  if ((whySince ?? raisedAt) > at) return { why: onset.why, unsure: ['why'] }
  return { why, ...(said !== undefined && { said }), ...(whySince !== undefined && { whySince }), unsure: [] }
}

function unsureOf(latest: AlarmRecord, then: AlarmRecord, changes: readonly AlarmChange[], next: number): Unsure[] {
  // What an event does again is counted, but is no change.
  const returnedLater = changes.slice(next).filter(({ kind }) => kind === 'returned' || kind === 'recurred').length
  return [
    ...(changes.length >= mostChanges && next === changes.length - 1 ? (['state'] as const) : []),
    ...(latest.count - returnedLater > then.count ? (['count'] as const) : []),
  ]
}
