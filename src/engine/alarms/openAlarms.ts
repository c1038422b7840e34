import { type Alarm, type AlarmChange, isReach, topicOf } from '../../shared/alarms.ts'
import { severities, severityRank } from '../../shared/severities.ts'
import { type AlarmSubject, ownerIdOf, partOf } from '../../shared/subjectNames.ts'
import { type AlarmRecord, type ChangedAlarm, isActive } from './alarmLife.ts'

/** Key of an alarm among those of its server or host. */
export function alarmKey(alarm: Pick<Alarm, 'kind' | 'subject'> & Partial<Pick<Alarm, 'rule'>>): string {
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
  readonly #byIncident = new Map<string, { readonly alarms: Map<string, AlarmRecord>; readonly extent: Totals }>()
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
  incidents(): Iterable<string> {
    return this.#byIncident.keys()
  }
  /** The open alarms of an incident by id. */
  ofIncident(id: string): ReadonlyMap<string, AlarmRecord> {
    return this.#byIncident.get(id)?.alarms ?? none
  }
  /** null: the incident has no open alarm. */
  extent(incident: string): IncidentExtent | null {
    return this.#byIncident.get(incident)?.extent ?? null
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
      count(former.extent, before, -1)
      if (former !== incident && former.alarms.size === 0) this.#byIncident.delete(before.incident)
    }
    if (alarm.closed === null) incident.alarms.set(alarm.id, alarm)
    count(incident.extent, alarm, 1)
    if (incident.alarms.size === 0) this.#byIncident.delete(alarm.incident)
  }
  #incidentOf(id: string) {
    const incident = this.#byIncident.get(id) ?? { alarms: new Map<string, AlarmRecord>(), extent: nothingCounted() }
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
interface Totals {
  /** Number of ongoing alarms: those that have not healed. */
  ongoing: number
  /** Number of ongoing alarms that are active, and so notified: neither shelved, suppressed nor out of service. */
  active: number
  /** Number of active alarms that nobody has acknowledged. */
  unacknowledged: number
  /** Number of active alarms that are not back to normal, and of active ones of servers that are down. */
  wrong: number
  down: number
  /** Number of active alarms by rank of their severity. */
  readonly ranks: number[]
  /** Number of ongoing alarms by id of their server or host. */
  readonly owners: Map<string, number>
}
/** The same, to be read. */
export type IncidentExtent = Readonly<Totals>
const nothingCounted = (): Totals => ({ ongoing: 0, active: 0, unacknowledged: 0, wrong: 0, down: 0, ranks: severities.map(() => 0), owners: new Map() })

/** Adds an alarm (1), or subtracts it again in its previous state (-1). */
function count(extent: Totals, alarm: AlarmRecord, by: 1 | -1): void {
  if (alarm.closed !== null || alarm.healedAt !== null) return
  extent.ongoing += by
  const owner = ownerIdOf(alarm.subject)
  const ofOwner = (extent.owners.get(owner) ?? 0) + by
  if (ofOwner === 0) extent.owners.delete(owner)
  else extent.owners.set(owner, ofOwner)
  if (!isActive(alarm)) return
  extent.active += by
  if (alarm.acknowledged === null) extent.unacknowledged += by
  if (alarm.calmSince === undefined) extent.wrong += by
  if (isReach(alarm)) extent.down += by
  const rank = severityRank[alarm.severity]
  extent.ranks[rank] = (extent.ranks[rank] ?? 0) + by
}

/** What was well for longer than this begins anew when it goes wrong again, ms. */
export const freshMs = 60_000

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
  const incidents = new Map<string, ChangedIncident & { readonly now: Totals; readonly changes: AlarmChange[] }>()
  const extentOf = (id: string): Totals => {
    const extent = open.extent(id) ?? nothingCounted()
    return { ...extent, ranks: [...extent.ranks], owners: new Map(extent.owners) }
  }
  const incidentOf = (id: string) => {
    const incident = incidents.get(id) ?? { id, before: extentOf(id), now: extentOf(id), changes: [] }
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
  return [...incidents.values()]
}
