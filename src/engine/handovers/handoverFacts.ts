import type { Alarm, AlarmDetails } from '../../shared/alarms.ts'
import { type AvailabilityRow, availabilityInputSchema } from '../../shared/availability.ts'
import { type HandoverFacts, longestShiftMs, maintenanceAheadMs, mostHandedOver, mostWorstStreams, usualShiftMs } from '../../shared/handovers.ts'
import { type Incident, type IncidentDetails, isOpenIncident } from '../../shared/incidents.ts'
import type { Maintenance } from '../../shared/maintenance.ts'
import type { CountPeriod } from '../alarms/alarmStatistics.ts'
import type { ReadAvailability } from '../availability/availability.ts'
import type { Log } from '../ports.ts'

export interface HandoverFactsDeps {
  readonly clock: { readonly now: () => number }
  readonly log: Log
  readonly incidents: () => readonly Incident[]
  readonly incident: (id: string) => IncidentDetails | null
  readonly openAlarms: () => readonly Alarm[]
  readonly alarm: (id: string) => AlarmDetails | null
  readonly maintenance: () => readonly Maintenance[]
  readonly countPeriod: CountPeriod
  readonly availability: ReadAvailability
}

/** What is handed over now. `lastAt`: when it was last handed over; null: never. */
export async function gatherHandoverFacts(deps: HandoverFactsDeps, lastAt: number | null): Promise<HandoverFacts> {
  const at = deps.clock.now()
  const isSinceHandover = lastAt !== null && lastAt <= at && at - lastAt <= longestShiftMs
  // A full minute, so that availability is read once for whoever looks meanwhile.
  const since = isSinceHandover ? lastAt : Math.floor(at / 60_000) * 60_000 - usualShiftMs
  const [{ began, incidents: newIncidents, taken }, worst] = await Promise.all([deps.countPeriod(since, at), worstOf(deps, since)])
  const open = deps.openAlarms()
  const incidents = deps.incidents()
  return {
    ...{ at, since, isSinceHandover, worst, figures: { began, incidents: newIncidents, taken } },
    open: listOf(incidents.filter(isOpenIncident), (incident) => openRow(deps, incident, since)),
    unseen: listOf(
      // Something of it may still last, shelved or suppressed.
      incidents.filter(({ state, healedAt }) => state === 'healedUnseen' && healedAt !== null),
      (incident) => openRow(deps, incident, since),
    ),
    shelved: listOf(
      open.flatMap((alarm) => (alarm.state === 'shelved' && alarm.shelf !== null ? [{ alarm, shelf: alarm.shelf }] : [])),
      ({ alarm, shelf: { by, at: shelvedAt, until, reason } }) => ({ ...brief(alarm), by, at: shelvedAt, until, reason }),
    ),
    maintenance: listOf(
      deps
        .maintenance()
        .flatMap(({ name, now, next, tags, servers, streams }) =>
          [...(now === null ? [] : [now]), ...next]
            .filter(({ from }) => from <= at + maintenanceAheadMs)
            .map(({ from, to }) => ({ name, scope: { tags, servers, streams }, from, to })),
        )
        .sort((a, b) => a.from - b.from),
      (window) => window,
    ),
  }
}

function listOf<Found, Row>(found: readonly Found[], rowOf: (one: Found) => Row): { rows: Row[]; total: number } {
  return { rows: found.slice(0, mostHandedOver).map(rowOf), total: found.length }
}

type BriefAlarm = Omit<HandoverFacts['shelved']['rows'][number], 'by' | 'at' | 'until' | 'reason'>
function brief({ id, kind, rule, ruleName, subject, serverName, severity, why, since }: BriefAlarm): BriefAlarm {
  return { id, kind, rule, ...(ruleName !== undefined && { ruleName }), subject, serverName, severity, why, since }
}

/** Who has it: of several who acknowledged alarms of it, the last. */
function openRow(deps: HandoverFactsDeps, incident: Incident, shiftSince: number): HandoverFacts['open']['rows'][number] {
  const taken = (deps.incident(incident.id)?.alarms ?? [])
    .flatMap(({ acknowledged }) => acknowledged ?? [])
    .reduce<Alarm['acknowledged']>((last, one) => (last === null || one.at > last.at ? one : last), null)
  const changes = deps.alarm(incident.lead)?.changes ?? []
  const comment = changes.findLast((change) => change.kind === 'commented')
  return {
    incident: { ...incident, servers: [], members: [] },
    taken: taken && { by: taken.by, ...(taken.link !== undefined && { link: taken.link }), at: taken.at },
    comment: comment === undefined ? null : { by: comment.by, text: comment.text },
    times: changes.filter(({ kind, at }) => (kind === 'raised' || kind === 'returned' || kind === 'recurred') && at >= shiftSince).length,
  }
}

/** Without history, the rest is handed over all the same. */
async function worstOf({ availability, log }: HandoverFactsDeps, since: number): Promise<AvailabilityRow[] | null> {
  try {
    const { rows } = await availability(availabilityInputSchema.parse({ from: since, of: 'stream', limit: mostWorstStreams }))
    return rows.filter(({ downMs }) => downMs > 0)
  } catch (error) {
    log.warn({ error }, 'availability could not be read for a handover')
    return null
  }
}
