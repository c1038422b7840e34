import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import {
  type AcknowledgeInput,
  type Alarm,
  type AlarmChange,
  type AlarmCounts,
  type AlarmDetails,
  type AlarmsChanged,
  type AlarmsInput,
  alarmStates,
  type CommentInput,
  familyOf,
  longestShelfMs,
  type PastAlarmsInput,
  type ShelveInput,
} from '../../shared/alarms.ts'
import { pageOf } from '../../shared/fleet.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { ownerIdOf, pathOf, serverSubject, streamSubject } from '../../shared/subjects.ts'
import { severityRank, type Trouble, type TroubleKind } from '../../shared/troubles.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'
import { type AlarmRecord, acknowledge, apply, type Condition, closed, endInTime, endsAt, judge, stateOf, unacknowledge, unshelve } from './alarmLife.ts'
import { type ChangedAlarm, createAlarmRows } from './alarmRows.ts'
import type { Conditions } from './conditions.ts'

export interface AlarmsDeps {
  readonly clock: Clock
  readonly log: Log
  /** main.db. */
  readonly db: Database
  /** null: the server is not watched any more. */
  readonly conditionsOf: (serverId: string) => Conditions | null
  /** Called within the transaction that stores changes, to write what belongs to them. */
  readonly alongside: (changed: readonly { readonly alarm: Alarm; readonly changes: readonly AlarmChange[] }[]) => void
  /** Called after each change of open alarms. */
  readonly onChange: () => void
  readonly signal: AbortSignal
}

/** Alarms: what is in trouble, until it has healed and an operator knows of it. */
export interface Alarms {
  /** Judges a server and its streams again, in the next turn of the event loop: after each poll, and whenever its state changed. */
  readonly judge: (serverId: string) => void
  /** Open alarms, worst first. */
  readonly open: (input?: Partial<AlarmsInput>) => readonly Alarm[]
  readonly counts: () => AlarmCounts
  /** Closed alarms, newest first. */
  readonly past: (input: PastAlarmsInput) => readonly Alarm[]
  readonly get: (id: string) => AlarmDetails | null
  readonly acknowledge: (input: AcknowledgeInput, by: string) => Result<AlarmsChanged, 'endNotAhead'>
  readonly unacknowledge: (ids: readonly string[], by: string) => AlarmsChanged
  readonly shelve: (input: ShelveInput, by: string) => Result<AlarmsChanged, 'endNotAhead'>
  readonly unshelve: (ids: readonly string[], by: string) => AlarmsChanged
  readonly comment: (input: CommentInput, by: string) => AlarmsChanged
  /** Resolves when nothing is left to be judged. */
  readonly settled: () => Promise<void>
}

/** How often shelves and acknowledgements are looked at for their end, ms. */
const lookMs = 1_000
/** Whether it has healed is left open for this long at most, ms. */
const undecidedMs = 30_000
/** Storing one takes about 20 µs: after a large failure the rest waits for the next turn of the event loop. */
const mostChangedAtOnce = 200

const shown = (record: AlarmRecord): Alarm => ({ ...record, state: stateOf(record) })
/** Worst first; those that nobody has taken before the others; whole servers before streams; the newest first. */
const compareAlarms = (a: Alarm, b: Alarm) =>
  severityRank[a.severity] - severityRank[b.severity] ||
  alarmStates.indexOf(a.state) - alarmStates.indexOf(b.state) ||
  Number(a.subject.kind !== 'server') - Number(b.subject.kind !== 'server') ||
  b.since - a.since ||
  a.id.localeCompare(b.id)

/** What an open alarm of a server is about. */
const keyOf = (kind: TroubleKind, path: string | null) => `${familyOf[kind]} ${path ?? ''}`
const keyOfAlarm = ({ kind, subject }: AlarmRecord) => keyOf(kind, pathOf(subject))

export function createAlarms({ clock, log, db, conditionsOf, alongside, onChange, signal }: AlarmsDeps): Alarms {
  const rows = createAlarmRows(db, (changed) => alongside(changed.map(({ alarm, changes }) => ({ alarm: shown(alarm), changes }))))
  /** Since when it is undecided whether an alarm has healed, by its id. */
  const undecided = new Map<string, number>()
  const byId = new Map<string, AlarmRecord>()
  const byServer = new Map<string, Map<string, AlarmRecord>>()
  /** Changed, but not stored: the disk was full. */
  const unwritten = new Map<string, ChangedAlarm>()
  let sorted: readonly Alarm[] | null = null

  const put = (record: AlarmRecord) => {
    const serverId = ownerIdOf(record.subject)
    const key = keyOfAlarm(record)
    const ofServer = byServer.get(serverId) ?? new Map<string, AlarmRecord>()
    if (record.closed === null) {
      byId.set(record.id, record)
      byServer.set(serverId, ofServer.set(key, record))
      return
    }
    byId.delete(record.id)
    undecided.delete(record.id)
    ofServer.delete(key)
    if (ofServer.size === 0) byServer.delete(serverId)
  }
  for (const record of rows.open()) put(record)

  const afterUnwritten = ({ alarm, changes }: ChangedAlarm): ChangedAlarm => ({ alarm, changes: [...(unwritten.get(alarm.id)?.changes ?? []), ...changes] })
  const store = (changed: readonly ChangedAlarm[], hurries: boolean) => {
    const all = new Map(unwritten)
    for (const one of changed) all.set(one.alarm.id, afterUnwritten(one))
    rows.write([...all.values()], hurries)
    unwritten.clear()
  }
  const publish = (changed: readonly ChangedAlarm[]) => {
    if (changed.length === 0) return
    for (const { alarm } of changed) put(alarm)
    sorted = null
    onChange()
  }
  /** What mtxdeck saw is shown even if the disk does not take it; it is stored with the next change. */
  const saw = (changed: readonly ChangedAlarm[]) => {
    if (changed.length === 0) return
    try {
      store(changed, true)
    } catch (error) {
      const trouble = classifyStorageError(error)
      if (trouble === null || trouble === 'damaged') throw error
      for (const one of changed) unwritten.set(one.alarm.id, afterUnwritten(one))
      log.warn({ trouble, alarms: changed.length }, 'changes of alarms are not stored yet')
    }
    publish(changed)
  }

  const raise = (trouble: Trouble, at: number): ChangedAlarm => {
    const { kind, severity, serverId, serverName, path, since } = trouble
    const alarm: AlarmRecord = {
      id: randomUUID(),
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
    return { alarm, changes: [{ kind: 'raised', at, trouble: kind, severity }] }
  }

  /** Judges a server. Returns the changes, of which there may be more than are stored at once. */
  const judged = (serverId: string): ChangedAlarm[] => {
    const at = clock.now()
    const open = byServer.get(serverId) ?? new Map<string, AlarmRecord>()
    const conditions = conditionsOf(serverId)
    if (conditions === null) return [...open.values()].map((alarm) => changedBy(alarm, [closed(at, 'removed')]))
    const changed: ChangedAlarm[] = []
    const seen = new Set<string>()
    for (const trouble of conditions.troubles()) {
      const key = keyOf(trouble.kind, trouble.path)
      seen.add(key)
      const alarm = open.get(key)
      if (alarm === undefined) {
        changed.push(raise(trouble, at))
        continue
      }
      undecided.delete(alarm.id)
      const changes = judge(alarm, { is: 'active', trouble }, at)
      // What is wrong now, for whoever looks: it is stored when something happens to the alarm.
      const current = explained(alarm, trouble)
      if (changes.length > 0) changed.push(changedBy(current, changes))
      else refresh(alarm, current)
    }
    for (const [key, alarm] of open) {
      if (seen.has(key)) continue
      const condition = conditions.otherwise(pathOf(alarm.subject))
      const changes = isOpenStill(alarm, condition, at) ? [] : judge(alarm, condition ?? { is: 'healed' }, at)
      if (changes.length > 0) changed.push(changedBy(alarm, changes))
    }
    return changed
  }
  const refresh = (alarm: AlarmRecord, current: AlarmRecord) => {
    if (!isDeepStrictEqual(alarm, current)) publish([{ alarm: current, changes: [] }])
  }

  const isOpenStill = ({ id }: AlarmRecord, condition: Condition | null, at: number): boolean => {
    const since = undecided.get(id) ?? at
    const isOpen = condition === null && at - since < undecidedMs
    if (isOpen) undecided.set(id, since)
    else undecided.delete(id)
    return isOpen
  }
  const toJudge = new Set<string>()
  let turn: Promise<void> | null = null
  /** One server each turn of the event loop, and of a large failure a part. */
  const takeTurn = () => {
    turn = new Promise((resolve) =>
      setImmediate(() => {
        const [serverId] = toJudge
        if (serverId !== undefined && !signal.aborted) {
          toJudge.delete(serverId)
          try {
            const changed = judged(serverId)
            saw(changed.slice(0, mostChangedAtOnce))
            if (changed.length > mostChangedAtOnce) toJudge.add(serverId)
          } catch (error) {
            // A bug with one server must not end the engine, nor the turns of the others.
            log.error({ error, serverId }, 'the alarms of a server could not be judged')
          }
        }
        turn = null
        if (toJudge.size > 0 && !signal.aborted) takeTurn()
        resolve()
      }),
    )
  }

  void every(clock)(
    { intervalMs: lookMs, timeoutMs: null, seed: 'alarms', signal, onBug: (error) => log.error({ error }, 'alarms could not be looked at') },
    async () => {
      const at = clock.now()
      saw(
        [...byId.values()].flatMap((alarm) => {
          const changes = endsAt(alarm) <= at ? endInTime(alarm, at) : []
          return changes.length === 0 ? [] : [changedBy(alarm, changes)]
        }),
      )
    },
  )

  /** An operator's change: refused as a whole if it can't be stored. */
  const change = (ids: readonly string[], changesOf: (alarm: AlarmRecord) => readonly AlarmChange[]): AlarmsChanged => {
    const wanted = [...new Set(ids)]
    const changed = wanted.flatMap((id) => {
      const alarm = byId.get(id)
      const changes = alarm ? changesOf(alarm) : []
      return alarm && changes.length > 0 ? [changedBy(alarm, changes)] : []
    })
    if (changed.length > 0) store(changed, false)
    const alarms = new Map(changed.map(({ alarm }) => [alarm.id, alarm]))
    const answer = {
      alarms: wanted.flatMap((id) => {
        const alarm = alarms.get(id) ?? byId.get(id)
        return alarm ? [shown(alarm)] : []
      }),
      notOpen: wanted.filter((id) => !byId.has(id)),
    }
    publish(changed)
    return answer
  }

  const open = (): readonly Alarm[] => {
    sorted ??= Array.from(byId.values(), shown).sort(compareAlarms)
    return sorted
  }
  return {
    judge: (serverId) => {
      toJudge.add(serverId)
      if (turn === null) takeTurn()
    },
    open: ({ state, severity, serverId, path, ...page } = {}) => [
      ...pageOf(
        open().filter(
          (alarm) =>
            (state?.includes(alarm.state) ?? true) &&
            (severity?.includes(alarm.severity) ?? true) &&
            (serverId === undefined || serverId === ownerIdOf(alarm.subject)) &&
            (path === undefined || path === pathOf(alarm.subject)),
        ),
        page,
      ),
    ],
    counts: () => {
      const counts = Object.fromEntries(alarmStates.map((state) => [state, 0])) as AlarmCounts
      for (const { state } of open()) counts[state]++
      return counts
    },
    past: (input) => rows.closed(input).map(shown),
    get: (id) => {
      const { alarm = byId.get(id) ?? rows.get(id), changes = [] } = unwritten.get(id) ?? {}
      return alarm && { ...shown(alarm), changes: [...rows.changes(id), ...changes] }
    },
    acknowledge: ({ ids, until, comment }, by) => {
      const at = clock.now()
      if (until !== null && until <= at) return err('endNotAhead')
      return ok(change(ids, (alarm) => [...(comment ? [{ kind: 'commented', at, by, text: comment } as const] : []), ...acknowledge(alarm, { by, at, until })]))
    },
    unacknowledge: (ids, by) => change(ids, (alarm) => unacknowledge(alarm, by, clock.now())),
    shelve: ({ ids, until, reason, endsHealedForMs }, by) => {
      const at = clock.now()
      if (until <= at || until > at + longestShelfMs) return err('endNotAhead')
      return ok(change(ids, () => [{ kind: 'shelved', by, at, until, reason, endsHealedForMs }]))
    },
    unshelve: (ids, by) => change(ids, (alarm) => unshelve(alarm, by, clock.now())),
    comment: ({ ids, text }, by) => change(ids, () => [{ kind: 'commented', at: clock.now(), by, text }]),
    settled: async () => {
      while (turn !== null) await turn
    },
  }
}

/** The alarm with what its trouble says of itself now. */
function explained({ said: _, ...alarm }: AlarmRecord, trouble: Trouble): AlarmRecord {
  return { ...alarm, serverName: trouble.serverName, since: trouble.since, ...whyOf(trouble) }
}
const whyOf = ({ why, said, streams, readers }: Pick<Trouble, 'why' | 'said' | 'streams' | 'readers'>) => ({
  why,
  ...(said !== undefined && { said }),
  streams,
  readers,
})
const changedBy = (alarm: AlarmRecord, changes: readonly AlarmChange[]): ChangedAlarm => ({ alarm: changes.reduce(apply, alarm), changes })
