import { type Alarm, isReach, topicOf } from '../../shared/alarms.ts'
import { severities, severityRank } from '../../shared/severities.ts'
import type { AlarmSubject } from '../../shared/subjectNames.ts'
import { ownerIdOf, partOf } from '../../shared/subjectNames.ts'
import type { AlarmRecord } from './alarmLife.ts'
import { isActive } from './alarmLife.ts'

/** Key of an alarm among those of its server or host. */
export function alarmKey(alarm: Pick<Alarm, 'kind' | 'rule' | 'subject'>): string {
  return `${topicOf(alarm)} ${partOf(alarm.subject) ?? ''}`
}
/** Key of a subject. */
export function subjectKey(subject: AlarmSubject): string {
  return `${ownerIdOf(subject)} ${partOf(subject) ?? ''}`
}

const none: ReadonlyMap<string, AlarmRecord> = new Map()

interface OpenIncident {
  readonly alarms: Map<string, AlarmRecord>
  readonly tally: IncidentTally
}

/** The open alarms, indexed by id, owner, subject and incident. */
export function createOpenAlarms() {
  const byId = new Map<string, AlarmRecord>()
  const byOwner = new Map<string, Map<string, AlarmRecord>>()
  const byIncident = new Map<string, OpenIncident>()
  /** By id, of each subject. */
  const bySubject = new Map<string, Map<string, AlarmRecord>>()
  const putAtSubject = (alarm: AlarmRecord) => {
    const name = subjectKey(alarm.subject)
    const ofSubject = bySubject.get(name) ?? new Map<string, AlarmRecord>()
    if (alarm.closed === null) bySubject.set(name, ofSubject.set(alarm.id, alarm))
    else if (ofSubject.delete(alarm.id) && ofSubject.size === 0) bySubject.delete(name)
  }
  const incidentOf = (id: string): OpenIncident => {
    const known = byIncident.get(id)
    if (known !== undefined) return known
    const incident = { alarms: new Map<string, AlarmRecord>(), tally: createTally() }
    byIncident.set(id, incident)
    return incident
  }
  const putInIncident = (before: AlarmRecord | undefined, alarm: AlarmRecord) => {
    const incident = incidentOf(alarm.incident)
    if (before !== undefined) {
      const former = incidentOf(before.incident)
      former.alarms.delete(before.id)
      count(former.tally, before, -1)
      if (former !== incident && former.alarms.size === 0) byIncident.delete(before.incident)
    }
    if (alarm.closed === null) incident.alarms.set(alarm.id, alarm)
    count(incident.tally, alarm, 1)
    if (incident.alarms.size === 0) byIncident.delete(alarm.incident)
  }
  return {
    get: (id: string): AlarmRecord | undefined => byId.get(id),
    all: (): Iterable<AlarmRecord> => byId.values(),
    /** Alarms of a server or host with everything on it, by `alarmKey`; a live view. */
    of: (ownerId: string): ReadonlyMap<string, AlarmRecord> => byOwner.get(ownerId) ?? none,
    /** Alarms of this subject itself, without those of its streams or devices; a live view. */
    at: (subject: AlarmSubject): ReadonlyMap<string, AlarmRecord> => bySubject.get(subjectKey(subject)) ?? none,
    /** Ids of incidents that have open alarms. */
    incidents: (): Iterable<string> => byIncident.keys(),
    /** The open alarms of an incident by id; a live view. */
    ofIncident: (id: string): ReadonlyMap<string, AlarmRecord> => byIncident.get(id)?.alarms ?? none,
    /** The tallies of all incidents; live objects. */
    *tallies(): Iterable<readonly [incident: string, IncidentTally]> {
      for (const [id, { tally }] of byIncident) yield [id, tally]
    },
    /** null: the incident has no open alarm. A live object. */
    tally: (incident: string): IncidentTally | null => byIncident.get(incident)?.tally ?? null,
    /** Replaces an alarm by its new version; a closed one is removed. */
    put: (alarm: AlarmRecord): void => {
      const ownerId = ownerIdOf(alarm.subject)
      const key = alarmKey(alarm)
      const ofOwner = byOwner.get(ownerId) ?? new Map<string, AlarmRecord>()
      putInIncident(byId.get(alarm.id), alarm)
      putAtSubject(alarm)
      if (alarm.closed === null) {
        byId.set(alarm.id, alarm)
        byOwner.set(ownerId, ofOwner.set(key, alarm))
        return
      }
      byId.delete(alarm.id)
      ofOwner.delete(key)
      if (ofOwner.size === 0) byOwner.delete(ownerId)
    },
  }
}
export type OpenAlarms = ReturnType<typeof createOpenAlarms>
/** Adds an alarm (1), or subtracts it again in its previous state (-1). */
export function count(tally: IncidentTally, alarm: AlarmRecord, by: 1 | -1): void {
  if (alarm.closed !== null || alarm.healedAt !== null) return
  tally.ongoing += by
  const owner = ownerIdOf(alarm.subject)
  const ofOwner = (tally.owners.get(owner) ?? 0) + by
  if (ofOwner === 0) tally.owners.delete(owner)
  else tally.owners.set(owner, ofOwner)
  if (!isActive(alarm)) return
  tally.active += by
  if (alarm.acknowledged === null) tally.unacknowledged += by
  if (alarm.calmSince === undefined) tally.wrong += by
  if (isReach(alarm)) tally.down += by
  const rank = severityRank[alarm.severity]
  tally.ranks[rank] = (tally.ranks[rank] ?? 0) + by
}
export function createTally(): IncidentTally {
  return {
    ongoing: 0,
    active: 0,
    unacknowledged: 0,
    wrong: 0,
    down: 0,
    ranks: severities.map(() => 0),
    owners: new Map(),
  }
}
/** Totals of the open alarms of an incident, updated incrementally: an incident may have 10,000. */
export interface IncidentTally {
  /** Number of ongoing alarms: those that have not healed. */
  ongoing: number
  /** Number of ongoing alarms that are active: neither shelved, suppressed nor out of service. */
  active: number
  unacknowledged: number
  /** Number of active alarms that are not back to normal, and of active ones of servers that are down. */
  wrong: number
  down: number
  /** Number of active alarms by rank of their severity. */
  readonly ranks: number[]
  /** Number of ongoing alarms by id of their server or host. */
  readonly owners: Map<string, number>
}
