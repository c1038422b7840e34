import { isReach, topicOf } from '../../shared/alarms.ts'
import type { EventKind } from '../../shared/events.ts'
import { hostSubject, ownerIdOf, serverSubject } from '../../shared/subjectNames.ts'
import type { AlarmSubject } from '../../shared/subjects.ts'
import { severityRank } from '../../shared/troubles.ts'
import type { AlarmRecord } from './alarmLife.ts'
import { isOffAir } from './explaining.ts'
import { worstOf } from './incidentTally.ts'
import { isOpen, type Joining, subjectsOfSameStream } from './joining.ts'
import { subjectKey } from './openAlarms.ts'

// Finds incidents that an alarm joins because of other alarms of the same stream, server or host.

/** Maximum time between the onsets of alarms of one stream, server or host, or of an outage or restart of a machine and its server, with one cause, ms. */
const concurrentMs = 60_000

const restarts: ReadonlySet<string> = new Set<EventKind>(['serverRestarted', 'serverUpgraded', 'hostRestarted', 'mediaServerRestarted'])
/** Whether a machine or its server is down or was restarted. */
const isDownOrRestarted = (alarm: AlarmRecord): boolean =>
  alarm.kind === 'hostDown' || isReach(alarm) || (alarm.why.kind === 'happened' && restarts.has(alarm.why.event.kind))

/** The incident of another alarm of the same subject, or of its machine or server. Troubles of this console are unrelated to each other. */
export function concurrentIncident(joining: Joining, alarm: AlarmRecord): string | null {
  const { subject, since } = alarm
  const isConcurrent = (other: AlarmRecord | undefined): other is AlarmRecord =>
    other?.healedAt === null &&
    Math.abs(other.since - since) <= concurrentMs &&
    // An event is over at once.
    (other.kind === 'happened' || since <= (other.calmSince ?? since)) &&
    isOpen(joining, other.incident)
  const own =
    subject.kind === 'console' ? undefined : allAt(joining, subject).find((other) => isConcurrent(other) && isNoticedIn(joining, other.incident, alarm))
  if (own !== undefined) return own.incident
  const ofMachine = machinesOf(joining, alarm).flatMap((other) => allAt(joining, other))
  return ofMachine.find((other) => isConcurrent(other) && isDownOrRestarted(other))?.incident ?? null
}

/**
 * For the outage or restart of a machine, the servers on it; for that of a server, its machines, and for a restart the other servers on them: whoever
 * restarts a machine or installs a version restarts several, and the machine may be read only after them.
 */
function machinesOf({ around }: Joining, alarm: AlarmRecord): readonly AlarmSubject[] {
  if (!isDownOrRestarted(alarm)) return []
  const id = ownerIdOf(alarm.subject)
  const pairs = [...around.machines()]
  const hosts = new Set(pairs.flatMap(([hostId, serverId]) => (id === serverId ? hostId : [])))
  return [
    ...[...hosts].map(hostSubject),
    ...pairs.flatMap(([hostId, serverId]) =>
      id === hostId || (alarm.kind === 'happened' && id !== serverId && hosts.has(hostId)) ? serverSubject(serverId) : [],
    ),
  ]
}

/** Whether an alarm is noticed in an incident: it is no worse than that, or all of that is about the same, which is then called by the worst. */
function isNoticedIn(joining: Joining, incident: string, alarm: AlarmRecord): boolean {
  const tally = joining.open.tally(incident)
  const worst = tally && worstOf(tally)
  if (worst === null || severityRank[alarm.severity] >= severityRank[worst]) return true
  const same = new Set(subjectsOfSameStream(joining, alarm.subject).map(subjectKey))
  return [...joining.open.ofIncident(incident).values()].every(({ subject }) => same.has(subjectKey(subject)))
}

/**
 * The incident of another active alarm of the same stream, also one found by a probe, that is as bad, whenever it began. Not for servers and hosts: an
 * expiring certificate, for example, is not the reason for an outage. Nor for a stream that is lost: that begins an outage of its own. Event alarms don't
 * count, as an event is over immediately.
 */
export function ongoingIncident(joining: Joining, alarm: AlarmRecord): string | null {
  const { kind, subject, severity, since } = alarm
  if ((subject.kind !== 'stream' && subject.kind !== 'probe') || kind === 'happened' || isOffAir(alarm)) return null
  const isOngoing = (other: AlarmRecord | undefined) =>
    other?.healedAt === null &&
    other.kind !== 'happened' &&
    since <= (other.calmSince ?? since) &&
    severityRank[other.severity] <= severityRank[severity] &&
    isOpen(joining, other.incident)
  return allAt(joining, subject).find(isOngoing)?.incident ?? null
}

/** Joins the alarms for flapping and for an outage of the same subject: returns the incident of the other one. */
export function flappingIncident(joining: Joining, { kind, subject, rule }: AlarmRecord): string | null {
  const isOutage = (one: Pick<AlarmRecord, 'kind' | 'rule'>) => topicOf(one) === 'air' || topicOf(one) === 'reach'
  if (kind !== 'flapping' && !isOutage({ kind, rule })) return null
  for (const other of allAt(joining, subject)) {
    if (other === undefined || !isOpen(joining, other.incident)) continue
    if (kind === 'flapping' ? isOutage(other) : other.kind === 'flapping' && other.healedAt === null) return other.incident
  }
  return null
}

/** All alarms of a subject, those being placed now first. */
function allAt(joining: Joining, subject: AlarmSubject): readonly (AlarmRecord | undefined)[] {
  const same = subjectsOfSameStream(joining, subject)
  return [...same.map((one) => joining.batch.bySubject.get(subjectKey(one))), ...same.flatMap((one) => [...joining.open.at(one).values()])]
}
