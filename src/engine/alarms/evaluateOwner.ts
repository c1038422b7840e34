import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type AlarmChange, isReach, topicOf } from '../../shared/alarms.ts'
import type { AlarmSubject } from '../../shared/subjectNames.ts'
import { type AlarmOwner, alarmOwnerOf, ownerIdOf } from '../../shared/subjectNames.ts'
import { type AlarmRecord, type ChangedAlarm, type Condition, changedBy, closed, evaluate, isAnother, onsetOf, outOfService, withoutCalm } from './alarmLife.ts'
import type { Conditions } from './conditions.ts'
import type { Finding } from './findings.ts'
import { alarmKey, type OpenAlarms } from './openAlarms.ts'

/** Maximum time for which it may stay undecided whether an alarm has cleared, ms. */
const undecidedMs = 30_000
/** Maximum number of changes per batch: storing one takes about 40 µs, so after a large failure the rest waits for the next turn of the event loop. */
const mostAtOnce = 100

const nothing: ReadonlyMap<string, Pending> = new Map()
/** When something began, but never later than now: if the clock was set back, an alarm or its end must not wait until then. */
const notAfter = (at: number, since = at): number => Math.min(since, at)

/** What tells the trouble of an alarm or finding from all others. */
const nameOf = (of: Parameters<typeof alarmKey>[0]): string => `${ownerIdOf(of.subject)} ${alarmKey(of)}`

/** Result of evaluating a server or host. `refreshed`: alarms whose details changed without a step; these are not stored. */
export interface EvaluationResult {
  readonly changed: readonly ChangedAlarm[]
  readonly refreshed: readonly AlarmRecord[]
}

/** A finding for which no alarm has been raised yet. */
export interface Pending {
  readonly onset: number
  /** When it was first detected; its on-delay counts from here. */
  readonly since: number
}

/** Evaluates servers and hosts with their streams and devices. The caller must apply each yielded batch before requesting the next. */
export function createEvaluator(open: OpenAlarms, maintenanceOf: (subject: AlarmSubject, at: number) => object | null, aliveUntil: number | null = null) {
  const isPlanned = (subject: AlarmSubject, at: number): boolean => maintenanceOf(subject, at) !== null
  /** Since when it has been undecided whether an alarm has cleared, by alarm id. */
  const undecided = new Map<string, number>()
  /** By id of the server or host; `findings` by `alarmKey`. */
  const pending = new Map<string, { readonly owner: AlarmOwner; readonly findings: ReadonlyMap<string, Pending> }>()
  const flapping = createFlapping()
  // After a restart, earlier returns of an alarm still count.
  for (const alarm of open.all())
    if (alarm.returns !== undefined) flapping.restore(nameOf(alarm), { ...alarm.returns, wellAt: Math.max(alarm.returns.wellAt, alarm.healedAt ?? 0) })
  /** Those of an earlier launch that lasted when it ended, and were not found since. */
  const notFoundSince = new Set(Array.from(open.all()).flatMap(({ id, kind, calmSince }) => (kind === 'happened' || calmSince !== undefined ? [] : [id])))
  const withReturns = ({ returns: _, ...alarm }: AlarmRecord): AlarmRecord => {
    const returns = flapping.of(nameOf(alarm))
    return returns === undefined ? alarm : { ...alarm, returns }
  }

  const isLeftOpen = ({ id }: AlarmRecord, condition: Condition | null, at: number): boolean => {
    if (condition !== null) {
      undecided.delete(id)
      return false
    }
    const since = notAfter(at, undecided.get(id))
    undecided.set(id, since)
    return at - since < undecidedMs
  }

  /** Next state of an open alarm without a finding; null: unchanged. */
  const withoutFinding = (alarm: AlarmRecord, conditions: Conditions, at: number, lossesSince: number): ChangedAlarm | AlarmRecord | null => {
    const name = nameOf(alarm)
    if (!conditions.concerns(alarm)) {
      flapping.forget(name)
      return changedBy(alarm, alarm.healedAt === null ? [{ kind: 'healed', at }, closed(at, 'rule')] : [closed(at, 'rule')])
    }
    // Events end by time.
    const known = alarm.kind === 'happened' ? ({ is: 'healed' } as const) : conditions.otherwise(alarm)
    // A figure, unlike a state, is not known with the first answers: whether the alarm of an earlier launch has ended is undecided until then.
    const isUncompared = alarm.healedAt === null && isOfFigure(alarm.kind) && notFoundSince.has(alarm.id)
    const decided = known?.is === 'healed' && isUncompared ? null : known
    if (isLeftOpen(alarm, decided, at)) return null
    const condition = decided ?? { is: 'healed' }
    if ((condition.is === 'healed' || condition.is === 'over') && alarm.healedAt === null) {
      const calmSince = notAfter(at, alarm.calmSince ?? condition.since)
      if (conditions.isPending(alarm)) {
        if (alarm.calmSince === undefined) return null
        flapping.returned(name, calmSince, at)
        return changedBy(withReturns(withoutCalm(alarm)), [{ kind: 'recurred', at, wellSince: calmSince, ...onsetOf({ ...alarm, since: at }) }])
      }
      // Streams that were lost with their server and are about to be told as lost are part of its outage.
      const isLossWaiting = isReach(alarm) && lossesSince <= calmSince
      const clearsAt = isLossWaiting ? Number.POSITIVE_INFINITY : calmSince + Math.max(conditions.holdMs(alarm), flapping.holdMs(name))
      if (at < clearsAt) {
        const clears = Number.isFinite(clearsAt) ? { clearsAt } : {}
        if (alarm.calmSince === calmSince && alarm.clearsAt === clears.clearsAt) return null
        flapping.calm(name, calmSince)
        return { ...withoutCalm(alarm), calmSince, ...clears }
      }
      flapping.healed(name, calmSince)
      const unseen = notFoundSince.delete(alarm.id) && aliveUntil !== null && { wrongUntil: aliveUntil }
      return changedBy({ ...withoutCalm(alarm), ...unseen }, evaluate(alarm, { ...condition, since: calmSince }, at, isPlanned(alarm.subject, at)))
    }
    const changes = evaluate(alarm, condition, at, isPlanned(alarm.subject, at))
    if (changes.length > 0) return changedBy(withoutCalm(alarm), changes)
    // It is unknown whether it stayed normal.
    return alarm.calmSince === undefined ? null : withoutCalm(alarm)
  }

  /** An alarm that is over because another one about the same begins: closed as it was. */
  const replaced = (alarm: AlarmRecord, at: number): ChangedAlarm => {
    undecided.delete(alarm.id)
    notFoundSince.delete(alarm.id)
    const calmSince = alarm.calmSince ?? at
    if (alarm.healedAt === null) flapping.healed(nameOf(alarm), calmSince)
    const healed = alarm.healedAt === null ? [{ kind: 'healed', at, since: calmSince } as const] : []
    return changedBy(withoutCalm(alarm), [...healed, closed(at, 'healed')])
  }

  /** Raises an alarm; one before it about the same is closed, and added to `changed`. `since`: when the trouble was detected. */
  const begin = (before: AlarmRecord | undefined, finding: Finding, at: number, since: number, changed: ChangedAlarm[]): ChangedAlarm => {
    if (before !== undefined) changed.push(replaced(before, at))
    flapping.raised(nameOf(finding), since)
    return raise(finding, at, isPlanned(finding.subject, at))
  }

  /** Next state of an open alarm with a finding; null: unchanged. `since`: when the trouble was detected again. */
  const withFinding = (alarm: AlarmRecord, finding: Finding, at: number, since = at): ChangedAlarm | AlarmRecord | null => {
    undecided.delete(alarm.id)
    notFoundSince.delete(alarm.id)
    const isBack = alarm.calmSince !== undefined || alarm.healedAt !== null
    if (isBack) flapping.returned(nameOf(alarm), notAfter(since, alarm.calmSince ?? alarm.healedAt ?? at), since)
    const updated = updatedBy(alarm, finding, at)
    const current = isBack ? withReturns(updated) : updated
    const changes = evaluate(alarm, { is: 'active', trouble: { ...finding, since: current.since } }, at, isPlanned(alarm.subject, at))
    const onset = onsetOf({ ...finding, since: current.since })
    const recurred: AlarmChange[] =
      alarm.calmSince === undefined || alarm.healedAt !== null ? [] : [{ kind: 'recurred', at, wellSince: notAfter(current.since, alarm.calmSince), ...onset }]
    const all = [...recurred, ...changes]
    if (all.length > 0) return changedBy(current, all)
    return isDeepStrictEqual(alarm, current) ? null : current
  }

  return {
    /** Findings of a server or host without an alarm yet, by `alarmKey`; a live view. */
    pendingOf: (ownerId: string): ReadonlyMap<string, Pending> => pending.get(ownerId)?.findings ?? nothing,
    /** `conditions` null: the server or host is no longer watched. */
    *evaluate(owner: AlarmOwner, conditions: Conditions | null, at: number): Iterable<EvaluationResult> {
      const ownerId = ownerIdOf(owner)
      let changed: ChangedAlarm[] = []
      let refreshed: AlarmRecord[] = []
      // A copy, as the streams may change before the next batch.
      const findings = new Map(Array.from(conditions?.findings() ?? [], (finding) => [alarmKey(finding), finding]))
      const keys = new Set([...findings.keys(), ...open.of(ownerId).keys()])
      const pendingBefore = pending.get(ownerId)?.findings
      const pendingNow = new Map<string, Pending>()
      /** Since when streams are lost that wait for their on-delay. Findings come before alarms without one. */
      let lossesSince = Number.POSITIVE_INFINITY
      pending.delete(ownerId)
      for (const key of keys) {
        const alarm = open.of(ownerId).get(key)
        const finding = findings.get(key)
        let next: ChangedAlarm | AlarmRecord | null = null
        if (finding !== undefined && (alarm === undefined || alarm.healedAt !== null)) {
          const since = notAfter(at, pendingBefore?.get(key)?.since)
          if (at - since < finding.onDelayMs) {
            pending.set(ownerId, { owner, findings: pendingNow.set(key, { onset: finding.since, since }) })
            if (topicOf(finding) === 'air') lossesSince = Math.min(lossesSince, finding.since)
          } else if (alarm !== undefined && !isAnother(alarm, finding.kind)) next = withFinding(alarm, finding, at, since)
          else next = begin(alarm, finding, at, since, changed)
        } else if (alarm !== undefined && conditions === null) {
          // The probes of a canary are there once its server was read: after a start they are waited for.
          if (owner.kind === 'probe' && notFoundSince.has(alarm.id) && isLeftOpen(alarm, null, at)) continue
          undecided.delete(alarm.id)
          next = changedBy(alarm, [closed(at, 'removed')])
        } else if (alarm !== undefined && finding !== undefined && isAnother(alarm, finding.kind)) {
          next = begin(alarm, finding, at, at, changed)
        } else if (alarm !== undefined && conditions !== null) {
          next = finding === undefined ? withoutFinding(alarm, conditions, at, lossesSince) : withFinding(alarm, finding, at)
        }
        if (next === null) continue
        if ('changes' in next) changed.push(next)
        else refreshed.push(next)
        if (changed.length < mostAtOnce) continue
        yield { changed, refreshed }
        changed = []
        refreshed = []
      }
      if (changed.length > 0 || refreshed.length > 0) yield { changed, refreshed }
    },
    /** Servers and hosts where the passing of time alone may change something. */
    *timeDependentOwners(at: number): Iterable<AlarmOwner> {
      flapping.prune(at)
      for (const id of undecided.keys()) {
        const alarm = open.get(id)
        if (alarm === undefined) undecided.delete(id)
        else yield alarmOwnerOf(alarm.subject)
      }
      for (const { owner } of pending.values()) yield owner
      for (const { calmSince, subject } of open.all()) if (calmSince !== undefined) yield alarmOwnerOf(subject)
    },
  }
}
/** Of a figure beyond a limit. */
const isOfFigure = (kind: AlarmRecord['kind']) => kind === 'limitCrossed' || kind === 'offUsual' || kind === 'changedFast'

export function alarmOf(finding: Finding, id: string, at: number): AlarmRecord {
  const { kind, rule, subject, serverName, severity, since } = finding
  return {
    id,
    // Until it is assigned to an incident.
    incident: id,
    kind,
    rule,
    subject,
    serverName,
    severity,
    since,
    raisedAt: at,
    healedAt: null,
    suppressedBy: null,
    count: 1,
    ...whyOf(finding),
    acknowledged: null,
    shelf: null,
    comments: 0,
    closed: null,
  }
}

const raise = (finding: Finding, at: number, isPlanned: boolean): ChangedAlarm =>
  changedBy(alarmOf(finding, randomUUID(), at), [{ kind: 'raised', at, ...onsetOf(finding) }, ...(isPlanned ? [outOfService(at)] : [])])

/** The alarm updated by the finding. `count` increases if its event happened again. */
function updatedBy(
  { said, camera: ______, ruleName: _____, runbook: _, runbookUrl: __, calmSince, clearsAt: ____, wrongUntil: ___, ...alarm }: AlarmRecord,
  finding: Finding,
  at: number,
): AlarmRecord {
  const isCounted = calmSince === undefined && finding.kind === 'happened' && alarm.healedAt === null && finding.since !== alarm.since
  const { rule, serverName, since } = finding
  // A figure that was not seen within its limit goes on, though it is found beyond it anew, as after a restart.
  const lasts = isOfFigure(alarm.kind) && calmSince === undefined && alarm.healedAt === null
  const began = lasts ? Math.min(alarm.since, since) : since
  return {
    ...alarm,
    count: alarm.count + (isCounted ? 1 : 0),
    rule,
    serverName,
    since: began,
    ...whyOf(finding),
    ...(finding.said !== said || !isDeepStrictEqual(finding.why, alarm.why) ? { whySince: at } : { why: alarm.why }),
  }
}
const whyOf = ({ why, said, camera, streams, readers, ruleName, runbook, runbookUrl }: Finding) => ({
  why,
  ...(camera !== undefined && { camera }),
  ...(said !== undefined && { said }),
  ...(ruleName !== undefined && { ruleName }),
  ...(runbook !== undefined && { runbook }),
  ...(runbookUrl !== undefined && { runbookUrl }),
  streams,
  readers,
})

/** Maximum time between the end of a trouble and its return to count as flapping, ms. */
const soonMs = 600_000
/** A trouble that returns within this time, or returns again, must stay away longer than it just did, ms. */
const chatterMs = 60_000
const growth = 1.5
const firstHoldMs = 15_000
const longestHoldMs = 3_600_000

interface Flap {
  /** When the trouble was last absent: since then, or until it returned. Epoch ms. */
  wellAt: number
  /** How long it must be absent next time. */
  holdMs: number
}

/**
 * Remembers troubles that come and go. With each return a trouble must be absent for longer before it counts as healed: 1.5 times as long as before, and as
 * it was absent this time; at least 15 s, at most an hour. Two outages some minutes apart may be unrelated: after a first return later than a minute,
 * 15 s are enough, so that the end of the second one is not reported late.
 */
function createFlapping() {
  /** By owner and `alarmKey`. */
  const flaps = new Map<string, Flap>()
  const returned = (name: string, wellAt: number, at: number): void => {
    const before = flaps.get(name)?.holdMs ?? 0
    const gapMs = Math.max(0, at - wellAt)
    if (gapMs > Math.max(soonMs, before)) return
    flaps.set(name, { wellAt, holdMs: Math.min(longestHoldMs, Math.max(firstHoldMs, before * growth, before === 0 && gapMs > chatterMs ? 0 : gapMs * growth)) })
  }
  return {
    returned,
    /** The trouble was raised again, as a new alarm. */
    raised: (name: string, at: number): void => {
      const flap = flaps.get(name)
      if (flap !== undefined) returned(name, flap.wellAt, at)
    },
    /** The trouble is absent but has not healed yet. Keeps the hold time from expiring meanwhile. */
    calm: (name: string, since: number): void => {
      const flap = flaps.get(name)
      if (flap !== undefined) flap.wellAt = since
    },
    healed: (name: string, wellAt: number): void => void flaps.set(name, { wellAt, holdMs: flaps.get(name)?.holdMs ?? 0 }),
    /** What to store beyond this process; undefined: the trouble has not returned soon. */
    of: (name: string): Readonly<Flap> | undefined => {
      const flap = flaps.get(name)
      return flap === undefined || flap.holdMs === 0 ? undefined : { ...flap }
    },
    restore: (name: string, flap: Readonly<Flap>): void => void flaps.set(name, { ...flap }),
    forget: (name: string): void => void flaps.delete(name),
    holdMs: (name: string): number => flaps.get(name)?.holdMs ?? 0,
    /** Drops troubles that have been absent, or present, for long. */
    prune: (at: number): void => {
      for (const [name, flap] of flaps) {
        // The clock may have been set back.
        flap.wellAt = Math.min(flap.wellAt, at)
        if (at - flap.wellAt > Math.max(soonMs, flap.holdMs)) flaps.delete(name)
      }
    },
  }
}
