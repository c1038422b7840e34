import type { Alarm, AlarmChange, AlarmState, ClosedBy, SuppressedBy } from '../../shared/alarms.ts'
import { severityRank } from '../../shared/troubles.ts'

// The life of an alarm after ISA-18.2, pure: what happens to it becomes changes, and changes make the next alarm.

/** An alarm as it is stored. Its state follows from the rest. */
export type AlarmRecord = Omit<Alarm, 'state' | 'text' | 'todo'>

/** A trouble with what is known of its onset. */
type Onset = Pick<Alarm, 'kind' | 'severity'> & Partial<Pick<Alarm, 'since' | 'why'>>

/** What is known of an alarm's trouble after a poll. `since`: when it was well again. */
export type Condition =
  | { readonly is: 'active'; readonly trouble: Onset }
  | { readonly is: 'healed'; readonly since?: number }
  | { readonly is: 'unknown'; readonly because: Exclude<SuppressedBy, 'maintenance'> }

export function stateOf({ shelf, suppressedBy, healedAt, acknowledged }: AlarmRecord): AlarmState {
  if (suppressedBy === 'paused' || suppressedBy === 'maintenance') return 'outOfService'
  if (shelf !== null) return 'shelved'
  if (suppressedBy !== null) return 'suppressed'
  if (healedAt !== null) return 'healedUnseen'
  return acknowledged === null ? 'unacknowledged' : 'acknowledged'
}

/** The alarm without its time of being well: it is wrong again, or nobody knows. */
export const restless = ({ calmSince: _, ...alarm }: AlarmRecord): AlarmRecord => alarm

/** The alarm after a change. */
export function apply(alarm: AlarmRecord, change: AlarmChange): AlarmRecord {
  switch (change.kind) {
    case 'raised':
    // It has its reason already.
    case 'why':
      return alarm
    case 'returned': {
      // Whoever took it took the last one.
      const { was: _, ...over } = judged(alarm)
      return { ...over, kind: change.trouble, severity: change.severity, count: alarm.count + 1, healedAt: null, suppressedBy: null, acknowledged: null }
    }
    case 'turned':
      return { ...alarm, kind: change.trouble, severity: change.severity, was: wasUntil(alarm, change.at) }
    case 'healed':
      // A window goes on.
      return { ...judged(alarm), healedAt: change.since ?? change.at, suppressedBy: alarm.suppressedBy === 'maintenance' ? 'maintenance' : null }
    case 'suppressed':
      return { ...alarm, suppressedBy: change.because, ...(change.because === 'maintenance' && change.at === alarm.raisedAt && { planned: true }) }
    case 'released': {
      const { planned: _, ...lasting } = judged(alarm)
      return { ...lasting, suppressedBy: null }
    }
    case 'acknowledged':
      return { ...judged(alarm), acknowledged: { by: change.by, at: change.at, until: change.until, ...(change.link !== undefined && { link: change.link }) } }
    case 'unacknowledged':
      return givenBack({ ...alarm, acknowledged: null })
    case 'shelved': {
      const { kind: _, ...shelf } = change
      return { ...judged(alarm), shelf }
    }
    case 'unshelved':
      // What was put away is new again.
      return givenBack({ ...alarm, shelf: null, acknowledged: null })
    case 'commented':
      return { ...alarm, comments: alarm.comments + 1 }
    case 'closed':
      return { ...alarm, closed: { at: change.at, because: change.because } }
    default:
      return change satisfies never
  }
}

/** An alarm that is new again, or will be once it can be judged. */
const givenBack = (alarm: AlarmRecord): AlarmRecord => (alarm.suppressedBy === null || alarm.healedAt !== null ? alarm : { ...alarm, givenBack: true })
const judged = ({ givenBack: _, ...alarm }: AlarmRecord): AlarmRecord => alarm

/** An alarm with changes that are to be stored with it. */
export interface ChangedAlarm {
  readonly alarm: AlarmRecord
  readonly changes: readonly AlarmChange[]
}

/** The alarm after all of these changes. */
export const changedBy = (alarm: AlarmRecord, changes: readonly AlarmChange[]): ChangedAlarm => ({ alarm: changes.reduce(apply, alarm), changes })

/** The changes to an alarm by what is known of its trouble now. `inWindow`: a maintenance window is open for it. */
export function judge(alarm: AlarmRecord, condition: Condition, at: number, inWindow = false): readonly AlarmChange[] {
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
      // Whoever took it has not seen that it is worse now.
      if (!isAgain && alarm.acknowledged !== null && severityRank[severity] < severityRank[alarm.severity])
        turned.push({ kind: 'unacknowledged', at, by: null })
      return turned
    }
    case 'healed': {
      if (alarm.healedAt !== null) return inWindow ? [] : afterWindow(alarm, at)
      const change: AlarmChange = { kind: 'healed', at, ...(condition.since !== undefined && { since: condition.since }) }
      // A warning that healed asks nothing of anybody any more.
      const isKnown = alarm.acknowledged !== null || alarm.severity === 'warning'
      return isKnown && alarm.shelf === null ? [change, closed(at, 'healed')] : [change]
    }
    case 'unknown':
      if (alarm.healedAt !== null) return inWindow ? [] : afterWindow(alarm, at)
      return suppression(alarm, inWindow ? 'maintenance' : condition.because, at)
    default:
      return condition satisfies never
  }
}

/** What an alarm was is remembered for so long, ms. */
const wasForMs = 3_600_000

/** What it was until it turns now. */
function wasUntil({ kind, severity, was = [] }: AlarmRecord, at: number): NonNullable<AlarmRecord['was']> {
  const others = was.filter((one) => at - one.until <= wasForMs && (one.trouble !== kind || one.severity !== severity))
  return [...others, { trouble: kind, severity, until: at }]
}
/** Whether it was this trouble not long ago, and at least as bad. */
const wasSo = ({ was = [] }: AlarmRecord, { kind, severity }: Onset, at: number): boolean =>
  was.some(({ trouble, until, ...before }) => trouble === kind && severityRank[before.severity] <= severityRank[severity] && at - until <= wasForMs)

/** What a change says of an onset. */
export const onsetOf = ({ kind, severity, since, why }: Onset) => ({
  trouble: kind,
  severity,
  ...(since !== undefined && { since }),
  ...(why !== undefined && { why }),
})

export const outOfService = (at: number) => ({ kind: 'suppressed', at, because: 'maintenance' }) as const satisfies AlarmChange

/** The change to what an alarm is suppressed by; null: nothing any more. */
function suppression({ suppressedBy, givenBack }: AlarmRecord, by: SuppressedBy | null, at: number): readonly AlarmChange[] {
  if (by === suppressedBy) return []
  if (by !== null) return [{ kind: 'suppressed', at, because: by }]
  return suppressedBy === null ? [] : [{ kind: 'released', at, because: suppressedBy, ...(givenBack === true && { givenBack }) }]
}

/** One that healed within a window, when that is over: what also began in it is closed, since whoever planned the work knows of it. */
function afterWindow({ suppressedBy, planned, shelf }: AlarmRecord, at: number): readonly AlarmChange[] {
  if (suppressedBy !== 'maintenance') return []
  const released: AlarmChange = { kind: 'released', at, because: suppressedBy }
  return planned === true && shelf === null ? [released, closed(at, 'healed')] : [released]
}

export const closed = (at: number, because: ClosedBy) => ({ kind: 'closed', at, because }) as const satisfies AlarmChange

/** Takes it. One that has healed is closed with it, unless it is shelved. */
export function acknowledge(alarm: AlarmRecord, change: NonNullable<AlarmRecord['acknowledged']>): readonly AlarmChange[] {
  const taken: AlarmChange = { kind: 'acknowledged', ...change }
  return alarm.healedAt !== null && alarm.shelf === null ? [taken, closed(change.at, 'healed')] : [taken]
}

/** `by` null: its time is over. */
export const unacknowledge = (alarm: AlarmRecord, by: string | null, at: number): readonly AlarmChange[] =>
  alarm.acknowledged === null ? [] : [{ kind: 'unacknowledged', at, by }]

/** Takes it from the shelf. One that has healed there is closed: whoever put it away knew of it. */
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

/** When it next changes by itself, if nothing else happens; infinite: never. */
export const endsAt = (alarm: AlarmRecord): number => Math.min(shelfEnd(alarm), acknowledgementEnd(alarm))

/** The changes whose time has come. */
export function endInTime(alarm: AlarmRecord, at: number): readonly AlarmChange[] {
  if (shelfEnd(alarm) <= at) return unshelve(alarm, null, at)
  return acknowledgementEnd(alarm) <= at ? unacknowledge(alarm, null, at) : []
}
