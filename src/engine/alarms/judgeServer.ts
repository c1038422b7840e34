import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { pathOf, type Subject, serverSubject, streamSubject } from '../../shared/subjects.ts'
import type { Trouble } from '../../shared/troubles.ts'
import { type AlarmRecord, type ChangedAlarm, type Condition, changedBy, closed, judge, outOfService } from './alarmLife.ts'
import type { Conditions } from './conditions.ts'
import { keyOf, type OpenAlarms } from './openAlarms.ts'

/** Whether it has healed is left open for this long at most, ms. */
const undecidedMs = 30_000
/** Storing one takes about 40 µs: after a large failure the rest waits for the next turn of the event loop. */
const mostAtOnce = 100

/** What judging a server came to. `refreshed` are alarms that only say more or less than before: these are not stored. */
export interface Judged {
  readonly changed: readonly ChangedAlarm[]
  readonly refreshed: readonly AlarmRecord[]
}

/** Judges servers. What a round yields is to be taken over before the next round is asked for. */
export function createServerJudge(open: OpenAlarms, maintenanceOf: (subject: Subject, at: number) => object | null) {
  const isPlanned = (subject: Subject, at: number): boolean => maintenanceOf(subject, at) !== null
  /** Since when it is undecided whether an alarm has healed, by its id. */
  const undecided = new Map<string, number>()
  const isLeftOpen = ({ id }: AlarmRecord, condition: Condition | null, at: number): boolean => {
    const since = undecided.get(id) ?? at
    const isOpen = condition === null && at - since < undecidedMs
    if (isOpen) undecided.set(id, since)
    else undecided.delete(id)
    return isOpen
  }

  /** `conditions` null: the server is not watched any more. */
  return function* judgeServer(serverId: string, conditions: Conditions | null, at: number): Iterable<Judged> {
    let changed: ChangedAlarm[] = []
    let refreshed: AlarmRecord[] = []
    // As they are now: the streams may change before the next round.
    const troubles = new Map(Array.from(conditions?.troubles() ?? [], (trouble) => [keyOf(trouble.kind, trouble.path), trouble]))
    const keys = new Set([...troubles.keys(), ...open.of(serverId).keys()])
    for (const key of keys) {
      const alarm = open.of(serverId).get(key)
      const trouble = troubles.get(key)
      if (alarm === undefined) {
        if (trouble !== undefined) changed.push(raise(trouble, at, isPlanned))
      } else if (conditions === null) {
        undecided.delete(alarm.id)
        changed.push(changedBy(alarm, [closed(at, 'removed')]))
      } else if (trouble !== undefined) {
        undecided.delete(alarm.id)
        const current = explained(alarm, trouble)
        const changes = judge(alarm, { is: 'active', trouble }, at, isPlanned(alarm.subject, at))
        if (changes.length > 0) changed.push(changedBy(current, changes))
        else if (!isDeepStrictEqual(alarm, current)) refreshed.push(current)
      } else {
        const condition = conditions.otherwise(pathOf(alarm.subject))
        const changes = isLeftOpen(alarm, condition, at) ? [] : judge(alarm, condition ?? { is: 'healed' }, at, isPlanned(alarm.subject, at))
        if (changes.length > 0) changed.push(changedBy(alarm, changes))
      }
      if (changed.length < mostAtOnce) continue
      yield { changed, refreshed }
      changed = []
      refreshed = []
    }
    if (changed.length > 0 || refreshed.length > 0) yield { changed, refreshed }
  }
}

function raise(trouble: Trouble, at: number, isPlanned: (subject: Subject, at: number) => boolean): ChangedAlarm {
  const { kind, severity, serverId, serverName, path, since } = trouble
  const id = randomUUID()
  const alarm: AlarmRecord = {
    id,
    // Until it is known which one it joins.
    incident: id,
    kind,
    subject: path === null ? serverSubject(serverId) : streamSubject(serverId, path),
    serverName,
    severity,
    since,
    raisedAt: at,
    healedAt: null,
    suppressedBy: null,
    count: 1,
    ...whyOf(trouble),
    acknowledged: null,
    shelf: null,
    comments: 0,
    closed: null,
  }
  return changedBy(alarm, [{ kind: 'raised', at, trouble: kind, severity }, ...(isPlanned(alarm.subject, at) ? [outOfService(at)] : [])])
}

/** The alarm with what its trouble says of itself now. */
function explained({ said: _, ...alarm }: AlarmRecord, trouble: Trouble): AlarmRecord {
  return { ...alarm, serverName: trouble.serverName, since: trouble.since, ...whyOf(trouble) }
}
const whyOf = ({ why, said, streams, readers }: Trouble) => ({ why, ...(said !== undefined && { said }), streams, readers })
