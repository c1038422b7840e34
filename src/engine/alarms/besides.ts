import { isReach, topicOf } from '../../shared/alarms.ts'
import type { EventKind } from '../../shared/events.ts'
import { hostSubject, ownerIdOf, serverSubject } from '../../shared/subjectNames.ts'
import type { AlarmSubject } from '../../shared/subjects.ts'
import type { AlarmRecord } from './alarmLife.ts'
import { isOpen, type Joining, sameAs } from './joining.ts'
import { placeOf } from './openAlarms.ts'

// Other alarms of the same stream, server or host, which an alarm joins.

/** Alarms of one stream, server, host or part of it that began within this time have one cause, as have those of a machine and its server that are gone or begin anew. */
const besideMs = 60_000

const restarts: ReadonlySet<string> = new Set<EventKind>(['serverRestarted', 'serverUpgraded', 'hostRestarted', 'mediaServerRestarted'])
/** Whether a machine or the server on it is gone, or has begun anew. */
const isGoneOrNew = (alarm: AlarmRecord): boolean =>
  alarm.kind === 'hostDown' || isReach(alarm) || (alarm.why.kind === 'happened' && restarts.has(alarm.why.event.kind))

/** The incident of another alarm of the same subject. Troubles of this console have nothing in common. */
export function besideOf(joining: Joining, alarm: AlarmRecord, at: number): string | null {
  const { subject, since } = alarm
  const isBeside = (other: AlarmRecord | undefined): other is AlarmRecord =>
    other?.healedAt === null && Math.abs(other.since - since) <= besideMs && isOpen(joining, other.incident, at)
  const own = subject.kind === 'console' ? undefined : allAt(joining, subject).find(isBeside)
  if (own !== undefined) return own.incident
  const under = machinesOf(joining, alarm).flatMap((other) => allAt(joining, other))
  return under.find((other) => isBeside(other) && isGoneOrNew(other))?.incident ?? null
}

/** The server on a machine that is gone or has begun anew, or the machines under a server that is or has. */
function machinesOf({ around }: Joining, alarm: AlarmRecord): readonly AlarmSubject[] {
  if (!isGoneOrNew(alarm)) return []
  const id = ownerIdOf(alarm.subject)
  return Array.from(around.machines()).flatMap(([hostId, serverId]) => (id === hostId ? serverSubject(serverId) : id === serverId ? hostSubject(hostId) : []))
}

/**
 * The incident of another alarm of the same stream that lasts, whenever that began, also of one that a probe sees. Of a server or host it is none: that its
 * certificate expires is not why it goes. An event was over at once.
 */
export function standingOf(joining: Joining, { kind, subject }: AlarmRecord, at: number): string | null {
  if ((subject.kind !== 'stream' && subject.kind !== 'probe') || kind === 'happened') return null
  const lasts = (other: AlarmRecord | undefined) => other?.healedAt === null && other.kind !== 'happened' && isOpen(joining, other.incident, at)
  return allAt(joining, subject).find(lasts)?.incident ?? null
}

/** That of the other alarm where something comes and goes: that it flaps, or that it is gone. */
export function flapsWith(joining: Joining, { kind, subject, rule }: AlarmRecord, at: number): string | null {
  const isGone = (one: Pick<AlarmRecord, 'kind' | 'rule'>) => topicOf(one) === 'air' || topicOf(one) === 'reach'
  if (kind !== 'flapping' && !isGone({ kind, rule })) return null
  for (const other of allAt(joining, subject)) {
    if (other === undefined || !isOpen(joining, other.incident, at)) continue
    if (kind === 'flapping' ? isGone(other) : other.kind === 'flapping' && other.healedAt === null) return other.incident
  }
  return null
}

/** The alarms that are placed now first. */
function allAt(joining: Joining, subject: AlarmSubject): readonly (AlarmRecord | undefined)[] {
  const same = sameAs(joining, subject)
  return [...same.map((one) => joining.batch.placedAt.get(placeOf(one))), ...same.flatMap((one) => [...joining.open.at(one).values()])]
}
