import { type Alarm, type AlarmChange, isReach, topicOf } from '../../shared/alarms.ts'
import { type Severity, severities, severityRank } from '../../shared/severities.ts'
import { type AlarmSubject, ownerIdOf, partOf } from '../../shared/subjectNames.ts'
import { type AlarmRecord, type ChangedAlarm, isActive } from './alarmLife.ts'

/** Key of an alarm among those of its server or host. */
export function alarmKey(alarm: Pick<Alarm, 'kind' | 'rule' | 'subject'>): string {
  return `${topicOf(alarm)} ${partOf(alarm.subject) ?? ''}`
}
export function subjectKey(subject: AlarmSubject): string {
  return `${ownerIdOf(subject)} ${partOf(subject) ?? ''}`
}

const none: ReadonlyMap<string, AlarmRecord> = new Map()

/** The open alarms, indexed by id, owner, subject and incident. All maps that it gives out are live views. */
export class OpenAlarms {
  readonly #byId = new Map<string, AlarmRecord>()
  readonly #byOwner = new Map<string, Map<string, AlarmRecord>>()
  readonly #byIncident = new Map<string, { readonly alarms: Map<string, AlarmRecord>; readonly tally: IncidentTally }>()
  readonly #bySubject = new Map<string, Map<string, AlarmRecord>>()

  get(id: string): AlarmRecord | undefined {
    return this.#byId.get(id)
  }
  all(): Iterable<AlarmRecord> {
    return this.#byId.values()
  }
  /** Alarms of a server or host with everything on it, by `alarmKey`. */
  of(ownerId: string): ReadonlyMap<string, AlarmRecord> {
    return this.#byOwner.get(ownerId) ?? none
  }
  /** Alarms of this subject itself, without those of its streams or devices, by id. */
  at(subject: AlarmSubject): ReadonlyMap<string, AlarmRecord> {
    return this.#bySubject.get(subjectKey(subject)) ?? none
  }
  /** Ids of incidents that have open alarms. */
  incidents(): Iterable<string> {
    return this.#byIncident.keys()
  }
  /** The open alarms of an incident by id. */
  ofIncident(id: string): ReadonlyMap<string, AlarmRecord> {
    return this.#byIncident.get(id)?.alarms ?? none
  }
  /** null: the incident has no open alarm. */
  tally(incident: string): Readonly<IncidentTally> | null {
    return this.#byIncident.get(incident)?.tally ?? null
  }

  /** Replaces an alarm by its new version; a closed one is removed. */
  put(alarm: AlarmRecord): void {
    const { id, subject, closed } = alarm
    this.#putInIncident(this.#byId.get(id), alarm)
    if (closed === null) this.#byId.set(id, alarm)
    else this.#byId.delete(id)
    putIn(this.#bySubject, subjectKey(subject), id, alarm)
    putIn(this.#byOwner, ownerIdOf(subject), alarmKey(alarm), alarm)
  }
  #putInIncident(before: AlarmRecord | undefined, alarm: AlarmRecord): void {
    const incident = this.#incidentOf(alarm.incident)
    if (before !== undefined) {
      const former = this.#incidentOf(before.incident)
      former.alarms.delete(before.id)
      count(former.tally, before, -1)
      if (former !== incident && former.alarms.size === 0) this.#byIncident.delete(before.incident)
    }
    if (alarm.closed === null) incident.alarms.set(alarm.id, alarm)
    count(incident.tally, alarm, 1)
    if (incident.alarms.size === 0) this.#byIncident.delete(alarm.incident)
  }
  #incidentOf(id: string) {
    const incident = this.#byIncident.get(id) ?? { alarms: new Map<string, AlarmRecord>(), tally: emptyTally() }
    this.#byIncident.set(id, incident)
    return incident
  }
}

function putIn(groups: Map<string, Map<string, AlarmRecord>>, group: string, key: string, alarm: AlarmRecord): void {
  const alarms = groups.get(group) ?? new Map<string, AlarmRecord>()
  if (alarm.closed === null) groups.set(group, alarms.set(key, alarm))
  else if (alarms.delete(key) && alarms.size === 0) groups.delete(group)
}

/** Totals of the open alarms of an incident, updated incrementally: an incident may have 10,000. */
interface IncidentTally {
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
const emptyTally = (): IncidentTally => ({ ongoing: 0, active: 0, unacknowledged: 0, wrong: 0, down: 0, ranks: severities.map(() => 0), owners: new Map() })

/** Adds an alarm (1), or subtracts it again in its previous state (-1). */
function count(tally: IncidentTally, alarm: AlarmRecord, by: 1 | -1): void {
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

/** The worst severity of active alarms; null: none is active. */
export function worstIn({ ranks }: Pick<IncidentTally, 'ranks'>): Severity | null {
  return severities[ranks.findIndex((alarms) => alarms > 0)] ?? null
}

/** What was well for longer than this begins anew when it goes wrong again, ms. */
export const freshMs = 60_000

/** Summary of an incident at one time, as needed for notifications. */
export interface IncidentExtent {
  /** Number of alarms that have not cleared, and how many of those are notified (not shelved, suppressed or impossible to evaluate). */
  readonly ongoing: number
  readonly active: number
  /** Number of notified alarms that nobody has acknowledged. */
  readonly unacknowledged: number
  /** The worst severity of the notified alarms; null: there are none. */
  readonly severity: Severity | null
  /** Number of notified alarms that are not back to normal, and of notified ones of servers that are down. */
  readonly wrong: number
  readonly down: number
  /** Ids of servers and hosts with alarms that have not cleared. */
  readonly owners: readonly string[]
}
export function extentOf(tally: Readonly<IncidentTally>): IncidentExtent {
  const { ranks, owners, ...counts } = tally
  return { ...counts, severity: worstIn({ ranks }), owners: [...owners.keys()] }
}

/** An incident with simultaneous changes of its alarms. */
export interface ChangedIncident {
  readonly id: string
  readonly before: IncidentExtent
  readonly now: IncidentExtent
  /** Changes of alarms that are notified, or were before. */
  readonly changes: readonly AlarmChange[]
}
/** Returns the incidents affected by changed alarms. Call it before `open` is updated. Its cost depends on the number of changes, not of alarms. */
export function changedIncidents(changed: readonly ChangedAlarm[], open: OpenAlarms): readonly ChangedIncident[] {
  const incidents = new Map<string, { readonly before: IncidentExtent; readonly now: IncidentTally; readonly changes: AlarmChange[] }>()
  const incidentOf = (id: string) => {
    const known = incidents.get(id)
    if (known !== undefined) return known
    const tally = open.tally(id) ?? emptyTally()
    const incident = { before: extentOf(tally), now: { ...tally, ranks: [...tally.ranks], owners: new Map(tally.owners) }, changes: [] as AlarmChange[] }
    incidents.set(id, incident)
    return incident
  }
  for (const { alarm, changes } of changed) {
    const was = open.get(alarm.id)
    if (was !== undefined) count(incidentOf(was.incident).now, was, -1)
    const incident = incidentOf(alarm.incident)
    count(incident.now, alarm, 1)
    if (isActive(alarm) || (was !== undefined && isActive(was))) incident.changes.push(...changes)
  }
  return Array.from(incidents, ([id, { before, now, changes }]) => ({ id, before, now: extentOf(now), changes }))
}
