import type { Alarm, AlarmChange, AlarmState, ClosedBy, SuppressedBy } from '../../shared/alarms.ts'
import { severityRank } from '../../shared/severities.ts'

// The life cycle of an alarm according to ISA-18.2, as pure functions: they derive changes from conditions and operator actions, and apply them.

/** An alarm as it is stored. Its state is derived from the other fields. */
export type AlarmRecord = Omit<Alarm, 'state' | 'text' | 'todo'>

/** A trouble, with the start time and reason of its onset where known. */
type Onset = Pick<Alarm, 'kind' | 'severity' | 'since' | 'why'>

/**
 * What is known about an alarm's trouble after a poll. `lasts`: nothing has shown that it ended. `over`: nothing will, as nobody expects its stream any
 * more. `since`: when the trouble ended.
 */
export type Condition =
  | { readonly is: 'active'; readonly trouble: Onset }
  | { readonly is: 'healed' | 'over'; readonly since?: number }
  | { readonly is: 'lasts' }
  | { readonly is: 'unknown'; readonly because: Exclude<SuppressedBy, 'maintenance'> }

export function stateOf({ shelf, suppressedBy, healedAt, acknowledged }: AlarmRecord): AlarmState {
  if (suppressedBy === 'paused' || suppressedBy === 'maintenance') return 'outOfService'
  if (shelf !== null) return 'shelved'
  if (suppressedBy !== null) return 'suppressed'
  if (healedAt !== null) return 'healedUnseen'
  return acknowledged === null ? 'unacknowledged' : 'acknowledged'
}

/** Servers are polled at different moments: what has one cause may seem to begin this long apart, ms. */
export const apartMs = 30_000
/** Whether a trouble had begun by then and was not over: what is back to normal explains nothing that begins while its alarm waits for its off-delay. */
export function lastedAt({ since, calmSince, healedAt }: Pick<AlarmRecord, 'since' | 'calmSince' | 'healedAt'>, then: number): boolean {
  return then >= since - apartMs && then <= (healedAt ?? calmSince ?? Number.POSITIVE_INFINITY)
}

/** The alarm without `calmSince` and `clearsAt`, because the trouble is back or its condition is unknown. */
export function withoutCalm({ calmSince: _, clearsAt: __, ...alarm }: AlarmRecord): AlarmRecord {
  return alarm
}

/** The incidents that an alarm left for another when it returned, in the order of its changes; it belonged to the first of them until then. */
export function incidentsLeft(changes: readonly AlarmChange[]): string[] {
  return changes.flatMap((change) => (change.kind === 'returned' ? (change.left ?? []) : []))
}

/**
 * Whether a trouble that comes back is that of another alarm: refused credentials after silence are, unlike a stream that stalled once and was gone once, as
 * both are an outage. A shelf holds for either.
 */
export function isAnother({ kind, healedAt, calmSince, shelf }: AlarmRecord, trouble: Alarm['kind']): boolean {
  return shelf === null && (healedAt !== null || calmSince !== undefined) && (kind === 'serverHalted') !== (trouble === 'serverHalted')
}

export function apply(alarm: AlarmRecord, change: AlarmChange): AlarmRecord {
  switch (change.kind) {
    case 'raised':
      return alarm
    case 'returned': {
      // The acknowledgement and the causes were of the previous occurrence.
      const { was: _, causes: __, ...over } = evaluated(alarm)
      return { ...over, kind: change.trouble, severity: change.severity, count: alarm.count + 1, healedAt: null, suppressedBy: null, acknowledged: null }
    }
    case 'recurred':
      return { ...alarm, count: alarm.count + 1 }
    case 'turned':
      return { ...alarm, kind: change.trouble, severity: change.severity, was: wasUntil(alarm, change.at) }
    case 'healed':
      // Suppression by a maintenance window continues until the window ends.
      return { ...evaluated(alarm), healedAt: change.since ?? change.at, suppressedBy: alarm.suppressedBy === 'maintenance' ? 'maintenance' : null }
    case 'suppressed':
      return { ...alarm, suppressedBy: change.because, ...(change.because === 'maintenance' && change.at === alarm.raisedAt && { planned: true }) }
    case 'released': {
      const { planned: _, ...rest } = evaluated(alarm)
      return { ...rest, suppressedBy: null }
    }
    case 'acknowledged':
      return {
        ...evaluated(alarm),
        acknowledged: { by: change.by, at: change.at, until: change.until, ...(change.link !== undefined && { link: change.link }) },
      }
    case 'unacknowledged':
      return givenBack({ ...alarm, acknowledged: null })
    case 'shelved': {
      const { kind: _, ...shelf } = change
      return { ...evaluated(alarm), shelf }
    }
    case 'unshelved':
      // An unshelved alarm counts as unacknowledged.
      return givenBack({ ...alarm, shelf: null, acknowledged: null })
    case 'commented':
      return { ...alarm, comments: alarm.comments + 1 }
    case 'closed':
      return { ...alarm, closed: { at: change.at, because: change.because } }
    default:
      return change satisfies never
  }
}

/** Marks an alarm that became unacknowledged or unshelved while suppressed, so that it counts as new once it can be judged again. */
const givenBack = (alarm: AlarmRecord): AlarmRecord => (alarm.suppressedBy === null || alarm.healedAt !== null ? alarm : { ...alarm, givenBack: true })
const evaluated = ({ givenBack: _, ...alarm }: AlarmRecord): AlarmRecord => alarm

/** An alarm with the changes to store with it. */
export interface ChangedAlarm {
  readonly alarm: AlarmRecord
  readonly changes: readonly AlarmChange[]
}

/** Applies the changes in order. */
export function changedBy(alarm: AlarmRecord, changes: readonly AlarmChange[]): ChangedAlarm {
  return { alarm: changes.reduce(apply, alarm), changes }
}

/** The changes that the current condition causes. `inWindow`: a maintenance window is open for the alarm. */
export function evaluate(alarm: AlarmRecord, condition: Condition, at: number, inWindow = false): readonly AlarmChange[] {
  switch (condition.is) {
    case 'active': {
      const { kind, severity } = condition.trouble
      if (alarm.healedAt !== null) {
        const returned: AlarmChange = { kind: 'returned', at, ...onsetOf(condition.trouble) }
        return inWindow ? [returned, outOfService(at)] : [...suppression(alarm, null, at), returned]
      }
      const changes = suppression(alarm, inWindow ? 'maintenance' : null, at)
      if (kind === alarm.kind && severity === alarm.severity) return changes
      const isAgain = wasSo(alarm, condition.trouble, at)
      const turned: AlarmChange[] = [...changes, { kind: 'turned', at, ...onsetOf(condition.trouble), ...(isAgain && { again: true }) }]
      // The acknowledgement was given for a lower severity, so it no longer applies.
      if (!isAgain && alarm.acknowledged !== null && severityRank[severity] < severityRank[alarm.severity])
        turned.push({ kind: 'unacknowledged', at, by: null })
      return turned
    }
    case 'healed':
    case 'over': {
      if (alarm.healedAt !== null) return inWindow ? [] : afterWindow(alarm, at)
      const since = condition.since !== undefined && { since: condition.since }
      const change: AlarmChange = { kind: 'healed', at, ...since, ...(condition.is === 'over' && { unexpected: true }) }
      // A cleared warning needs no acknowledgement.
      const isKnown = alarm.acknowledged !== null || alarm.severity === 'warning'
      return isKnown && alarm.shelf === null ? [change, closed(at, 'healed')] : [change]
    }
    case 'lasts':
    case 'unknown':
      if (alarm.healedAt !== null) return inWindow ? [] : afterWindow(alarm, at)
      return suppression(alarm, inWindow ? 'maintenance' : condition.is === 'unknown' ? condition.because : null, at)
    default:
      return condition satisfies never
  }
}

/** How long an alarm's previous kinds and severities are remembered, ms. */
const wasForMs = 3_600_000

/** The remembered kinds and severities, including the current one, which ends at `at`. */
function wasUntil({ kind, severity, was = [] }: AlarmRecord, at: number): NonNullable<AlarmRecord['was']> {
  const others = was.filter((one) => at - one.until <= wasForMs && (one.trouble !== kind || one.severity !== severity))
  return [...others, { trouble: kind, severity, until: at }]
}
/** Whether the alarm had this kind within the last `wasForMs`, with at least this severity. */
const wasSo = ({ was = [] }: AlarmRecord, { kind, severity }: Onset, at: number): boolean =>
  was.some(({ trouble, until, ...before }) => trouble === kind && severityRank[before.severity] <= severityRank[severity] && at - until <= wasForMs)

/** The fields of a change that describe an onset. */
export function onsetOf({ kind, severity, since, why }: Onset) {
  return { trouble: kind, severity, since, why }
}

export function outOfService(at: number) {
  return { kind: 'suppressed', at, because: 'maintenance' } as const satisfies AlarmChange
}

/** The change that makes `by` the cause of suppression; `by` null: the alarm is no longer suppressed. */
function suppression({ suppressedBy, givenBack }: AlarmRecord, by: SuppressedBy | null, at: number): readonly AlarmChange[] {
  if (by === suppressedBy) return []
  if (by !== null) return [{ kind: 'suppressed', at, because: by }]
  return suppressedBy === null ? [] : [{ kind: 'released', at, because: suppressedBy, ...(givenBack === true && { givenBack }) }]
}

/** Releases an alarm that cleared within a maintenance window, once the window is over. If it also began in the window, it is closed: it was expected. */
function afterWindow({ suppressedBy, planned, shelf }: AlarmRecord, at: number): readonly AlarmChange[] {
  if (suppressedBy !== 'maintenance') return []
  const released: AlarmChange = { kind: 'released', at, because: suppressedBy }
  return planned === true && shelf === null ? [released, closed(at, 'healed')] : [released]
}

export function closed(at: number, because: ClosedBy) {
  return { kind: 'closed', at, because } as const satisfies AlarmChange
}

/** Acknowledges the alarm. If its trouble has cleared, the alarm is also closed, unless it is shelved. */
export function acknowledge(alarm: AlarmRecord, change: NonNullable<AlarmRecord['acknowledged']>): readonly AlarmChange[] {
  const acknowledgement: AlarmChange = { kind: 'acknowledged', ...change }
  return alarm.healedAt !== null && alarm.shelf === null ? [acknowledgement, closed(change.at, 'healed')] : [acknowledgement]
}

/** `by` null: the acknowledgement expired. */
export function unacknowledge(alarm: AlarmRecord, by: string | null, at: number): readonly AlarmChange[] {
  return alarm.acknowledged === null ? [] : [{ kind: 'unacknowledged', at, by }]
}

/** Unshelves the alarm. If it cleared while shelved, it is closed: whoever shelved it knew about it. `by` null: the shelf expired. */
export function unshelve(alarm: AlarmRecord, by: string | null, at: number): readonly AlarmChange[] {
  if (alarm.shelf === null) return []
  const off: AlarmChange = { kind: 'unshelved', at, by }
  return alarm.healedAt === null ? [off] : [off, closed(at, 'healed')]
}

function shelfEnd({ shelf, healedAt }: AlarmRecord): number {
  if (shelf === null) return Number.POSITIVE_INFINITY
  const healedFor = shelf.endsHealedForMs === null || healedAt === null ? Number.POSITIVE_INFINITY : Math.max(shelf.at, healedAt) + shelf.endsHealedForMs
  return Math.min(shelf.until, healedFor)
}
const acknowledgementEnd = ({ acknowledged }: AlarmRecord): number => acknowledged?.until ?? Number.POSITIVE_INFINITY

/** When its shelf or acknowledgement expires, whichever comes first; `Infinity`: never. */
export function endsAt(alarm: AlarmRecord): number {
  return Math.min(shelfEnd(alarm), acknowledgementEnd(alarm))
}

/** The changes due because the shelf or the acknowledgement has expired at `at`. */
export function endInTime(alarm: AlarmRecord, at: number): readonly AlarmChange[] {
  if (shelfEnd(alarm) <= at) return unshelve(alarm, null, at)
  return acknowledgementEnd(alarm) <= at ? unacknowledge(alarm, null, at) : []
}
/** Whether an alarm is active: ongoing, and neither shelved, suppressed nor out of service. */
export function isActive(alarm: AlarmRecord): boolean {
  const state = stateOf(alarm)
  return alarm.closed === null && (state === 'unacknowledged' || state === 'acknowledged')
}
