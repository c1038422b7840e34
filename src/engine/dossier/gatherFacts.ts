import type { Clock } from '../../clock/clock.ts'
import { type Alarm, type AlarmStep, happenedAt } from '../../shared/alarms.ts'
import { settingName } from '../../shared/configurationLevels.ts'
import type { DocumentPicture } from '../../shared/documentPage.ts'
import { dossierLimits, mostPictureBytes } from '../../shared/dossier.ts'
import type { DeckEvent } from '../../shared/events.ts'
import type { EventFilter } from '../../shared/history.ts'
import type { Incident, IncidentDetails } from '../../shared/incidents.ts'
import { type MetricId, metricIds, metrics } from '../../shared/metrics.ts'
import type { PastSession } from '../../shared/sessions.ts'
import { severityRank } from '../../shared/severities.ts'
import { hostSubject, ownerIdOf, partOf, pathOf, type Subject, serverSubject, subjectName } from '../../shared/subjectNames.ts'
import { seriesOf } from '../../shared/subjects.ts'
import type { Alarms } from '../alarms/alarms.ts'
import type { ConfigurationLog } from '../configurations/configurationLog.ts'
import type { History } from '../history/history.ts'
import type { Notifications } from '../notifications/notifications.ts'
import type { SessionLog } from '../sessions/sessionLog.ts'
import type { Snapshots } from '../snapshots/snapshots.ts'

export interface FactsDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly version: string
  readonly isDemo: boolean
  readonly servers: () => readonly { readonly id: string; readonly name: string; readonly url: string }[]
  readonly hosts: () => readonly { readonly id: string; readonly name: string; readonly serverId: string | null }[]
  readonly alarms: Pick<Alarms, 'incident' | 'open' | 'past' | 'get' | 'readFailures'>
  readonly messages: Notifications['messages']
  readonly history: Pick<History, 'range' | 'events'>
  readonly sessions: SessionLog['past']
  readonly picturesAround: Snapshots['around']
  /** null: configurations have no history. */
  readonly differences: ConfigurationLog['changedSettings'] | null
}

export interface Scope {
  readonly incident: IncidentDetails | null
  readonly from: number
  readonly to: number
  /** null: all servers. */
  readonly serverIds: readonly string[] | null
}

/** Maximum numbers that get figures: of streams and probes together, of servers, and of hosts. */
const drawnStreams = 6
const drawnOwners = 4
const seriesAtOnce = 64
/** Maximum number of sessions of a server that are examined. */
const sessionsCheckedAt = 5_000
/** How long before a period an alarm of it may have been raised, ms. */
const raisedBeforeMs = 7 * 86_400_000
/** Sessions that ended at most this long before an incident began count as affected by it, ms. */
const endedBeforeMs = 60_000

/** A list with the number of entries that are not listed. */
export interface Listed<T> {
  readonly rows: readonly T[]
  readonly more: number
  /** Whether `more` is only a lower bound. */
  readonly isLeast?: boolean
}
export type DossierFacts = Awaited<ReturnType<typeof gatherFacts>>

/** Gathers everything known about an incident or a period, within limits. Data that can't be read is left out by the functions in `deps`, not here. */
export async function gatherFacts(deps: FactsDeps, scope: Scope, signal: AbortSignal) {
  const { incident, from, to, serverIds } = scope
  const { alarms, isWhole } = incident === null ? await alarmsOf(deps, scope, signal) : { alarms: incident.alarms, isWhole: true }
  const incidents = incident === null ? incidentsOf(deps, alarms) : { rows: [], more: 0 }
  const incidentIds = incident === null ? incidents.rows.map(({ id }) => id) : [incident.id]
  // Of servers that are watched, and of what had alarms: a probe, or what is not watched any more.
  const names = new Map([
    ...alarms.flatMap(({ subject, serverName }): [string, string][] => (subject.kind === 'console' ? [] : [[ownerIdOf(subject), serverName]])),
    ...deps.servers().map(({ id, name }): [string, string] => [id, name]),
  ])
  const shown = listed(alarms, dossierLimits.alarms)
  // Worst first, as alarms are.
  const drawn = unique([...(incident === null ? [] : [incident.subject]), ...alarms.map(({ subject }) => subject)])
  const steps = await stepsOf(deps, scope, alarms, signal)
  const events = await eventsOf(deps, scope, alarms)
  const sessions = await sessionsOf(deps, scope, drawn, signal)
  return {
    madeAt: deps.clock.now(),
    version: deps.version,
    isDemo: deps.isDemo,
    from,
    to,
    /** Names of the servers covered; empty: all. */
    servers: (serverIds ?? []).map((id) => names.get(id) ?? id),
    /** The incident of the dossier; null: it covers a period. */
    incident: incident as Incident | null,
    incidents,
    alarms: incident === null ? shown : { ...shown, more: Math.max(shown.more, incident.membersTotal - shown.rows.length) },
    steps,
    events,
    figures: await figuresOf(deps, scope, drawn, names, signal),
    pictures: await picturesOf(deps, scope, alarms),
    sessions: sessions.listed,
    /** Since when sessions are kept; null: none are kept. */
    sessionsSince: sessions.since,
    messages: listed(
      incidentIds.flatMap((id) => deps.messages(id)).sort((a, b) => a.at - b.at),
      dossierLimits.messages,
    ),
    /** null: no configuration history is kept. */
    differences: await differencesOf(deps, scope, drawn, names),
    /** Some closed alarms could not be read and may be missing. */
    isAlarmsUnread: !isWhole,
    /** Addresses and users of clients are replaced by pseudonyms. */
    isHidden: false,
  }
}

const listed = <T>(all: readonly T[], most: number, isLeast = false): Listed<T> => ({
  rows: all.slice(0, most),
  more: Math.max(0, all.length - most),
  ...(isLeast && { isLeast }),
})
function unique(subjects: readonly Alarm['subject'][]): readonly Subject[] {
  const known = new Map<string, Subject>()
  for (const subject of subjects) if (subject.kind !== 'console') known.set(JSON.stringify([subject.kind, ownerIdOf(subject), partOf(subject)]), subject)
  return [...known.values()]
}

/** The alarms of a period, worst first. */
async function alarmsOf({ alarms }: FactsDeps, { from, to, serverIds }: Scope, signal: AbortSignal) {
  const of = serverIds === null ? null : new Set(serverIds)
  const failures = alarms.readFailures()
  const past = await alarms.past(
    { from: Math.max(0, from - raisedBeforeMs), to, limit: 1_000, ...(serverIds !== null && { serverId: [...serverIds] }) },
    signal,
  )
  const all = [...alarms.open(), ...(past.ok ? past.value : [])].filter(
    ({ subject, since, closed, healedAt }) => since <= to && (healedAt ?? closed?.at ?? to) >= from && (of === null || of.has(ownerIdOf(subject))),
  )
  return {
    alarms: all.sort((a, b) => severityRank[a.severity] - severityRank[b.severity] || a.since - b.since),
    isWhole: past.ok && alarms.readFailures() === failures,
  }
}

function incidentsOf(deps: FactsDeps, alarms: readonly Alarm[]): Listed<Incident> {
  const ids = [...new Set(alarms.map(({ incident }) => incident))]
  const rows = ids.slice(0, dossierLimits.incidents).flatMap((id) => deps.alarms.incident(id) ?? [])
  return { rows: rows.sort((a, b) => a.since - b.since), more: ids.length - Math.min(ids.length, dossierLimits.incidents) }
}

/** Changes of the alarms, oldest first. */
async function stepsOf(deps: FactsDeps, { incident, from, to }: Scope, alarms: readonly Alarm[], signal: AbortSignal): Promise<Listed<AlarmStep>> {
  const steps: AlarmStep[] = []
  for (const { id } of alarms.slice(0, dossierLimits.alarms)) {
    signal.throwIfAborted()
    const alarm = deps.alarms.get(id)
    if (alarm === null) continue
    const { kind, rule, subject, serverName, changes } = alarm
    for (const change of changes)
      if (incident !== null || (happenedAt(change) >= from && happenedAt(change) <= to)) steps.push({ id, kind, rule, subject, serverName, change })
  }
  return listed(
    steps.sort((a, b) => happenedAt(a.change) - happenedAt(b.change)),
    dossierLimits.rows,
  )
}

/** Events of the servers; for an incident, only those about its streams or whole servers. Oldest first; if there are too many, the latest. */
async function eventsOf(deps: FactsDeps, { incident, from, to, serverIds }: Scope, alarms: readonly Alarm[]): Promise<Listed<DeckEvent>> {
  const most = dossierLimits.rows
  const asked: EventFilter[] =
    serverIds === null ? [{ from, to, limit: 1_000 }] : serverIds.map((serverId) => ({ from, to, limit: 1_000, of: serverSubject(serverId) }))
  const found = await Promise.all(asked.map((filter) => deps.history.events(filter)))
  const streams = new Set(alarms.map(({ subject }) => pathOf(subject)))
  const events = found.flat().filter(({ subject }) => incident === null || subject === null || pathOf(subject) === null || streams.has(pathOf(subject)))
  const newest = events.sort((a, b) => b.at - a.at).slice(0, most)
  return { rows: newest.reverse(), more: events.length - newest.length, isLeast: found.some(({ length }) => length >= 1_000) }
}

/** Metrics that a stack of charts shows. */
const lanesOf = (stack: 'stream' | 'server' | 'machine' | 'media' | 'probe'): readonly MetricId[] =>
  metricIds.filter((id) => (metrics[id].lane?.charts as readonly string[] | undefined)?.includes(stack) ?? false)

/** What the charts of these subjects, their servers and hosts show, each as one figure. */
async function figuresOf(
  deps: FactsDeps,
  { from, to, serverIds }: Scope,
  subjects: readonly Subject[],
  names: ReadonlyMap<string, string>,
  signal: AbortSignal,
) {
  const nameOf = (id: string) => names.get(id) ?? id
  const parts = subjects.filter((subject) => subject.kind === 'stream' || subject.kind === 'probe').slice(0, drawnStreams)
  const owners = unique([
    ...subjects.flatMap((subject) => ('serverId' in subject ? [serverSubject(subject.serverId)] : [])),
    ...(serverIds ?? deps.servers().map(({ id }) => id)).map(serverSubject),
  ]).slice(0, drawnOwners)
  const tied = new Set(owners.map(ownerIdOf))
  const hit = new Set(subjects.flatMap((subject) => ('hostId' in subject ? [subject.hostId] : [])))
  const hosts = deps.hosts().filter(({ id, serverId }) => hit.has(id) || (serverId !== null && tied.has(serverId)))
  const of = (name: string, subject: Subject, lanes: readonly MetricId[]) => lanes.map((metric) => ({ name, series: seriesOf(subject, metric) }))
  const asked = [
    ...parts.flatMap((subject) => of(subjectName(subject, nameOf(ownerIdOf(subject))), subject, lanesOf(subject.kind === 'stream' ? 'stream' : 'probe'))),
    ...owners.flatMap((subject) => of(nameOf(ownerIdOf(subject)), subject, lanesOf('server'))),
    ...hosts.slice(0, drawnOwners).flatMap(({ id, name }) => of(name, hostSubject(id), [...lanesOf('machine'), ...lanesOf('media')])),
  ]
  /** What each was over the whole period, in its unit. */
  const figures: { name: string; metric: MetricId; least: number; mean: number; most: number }[] = []
  for (let first = 0; first < asked.length; first += seriesAtOnce) {
    const some = asked.slice(first, first + seriesAtOnce)
    const columns = await deps.history.range({ series: some.map(({ series }) => series), from, to, points: 1 }, signal)
    for (const [place, { name, series }] of some.entries()) {
      const found = columns[place]
      const [least, mean, most] = [found?.min[0], found?.mean[0], found?.max[0]]
      // What has no data is omitted, and so is what is 0 for most subjects and always was for this one.
      if (least === undefined || mean === undefined || most === undefined) continue
      if (most === 0 && metrics[series.metric].lane?.whenEmpty === 'left out') continue
      figures.push({ name, metric: series.metric, least, mean, most })
    }
  }
  return figures
}

/** The pictures before and after the onset of stream alarms, worst first, up to the limits. */
async function picturesOf(deps: FactsDeps, { to }: Scope, alarms: readonly Alarm[]) {
  const rows: (Omit<DocumentPicture, 'name'> & { server: string; path: string; at: number })[] = []
  const seen = new Set<string>()
  let room = mostPictureBytes
  for (const { subject, serverName, since } of alarms) {
    if (rows.length >= dossierLimits.pictures) break
    if (subject.kind !== 'stream' || seen.has(`${subject.serverId} ${subject.path}`)) continue
    seen.add(`${subject.serverId} ${subject.path}`)
    const { before, after } = await deps.picturesAround({ ...subject, at: since })
    for (const picture of [before, after]) {
      if (picture === null || picture.at > to) continue
      room -= picture.jpeg.length * 0.75
      if (room >= 0) rows.push({ server: serverName, path: subject.path, ...picture })
    }
  }
  return rows.slice(0, dossierLimits.pictures)
}

/** Sessions connected in the period; for an incident, those on its streams when it began or later. */
async function sessionsOf(deps: FactsDeps, { incident, from, to, serverIds }: Scope, subjects: readonly Subject[], signal: AbortSignal) {
  const whole = new Set(subjects.flatMap((subject) => (subject.kind === 'server' ? [subject.serverId] : [])))
  const streams = new Set(subjects.flatMap((subject) => (subject.kind === 'stream' ? [`${subject.serverId} ${subject.path}`] : [])))
  const begin = incident === null ? from : Math.max(from, incident.since - endedBeforeMs)
  const until = incident?.healedAt ?? to
  const hit: PastSession[] = []
  let since: number | null = null
  let isLeast = false
  for (const server of serverIds ?? [undefined]) {
    const found = await deps.sessions({ ...(server !== undefined && { server }), from: begin, to: Math.max(begin, until), limit: sessionsCheckedAt }, signal)
    since = found.since
    isLeast ||= found.more
    for (const session of found.sessions)
      if (incident === null || whole.has(session.serverId) || streams.has(`${session.serverId} ${session.path}`)) hit.push(session)
  }
  // Publishers first: they are the cause, or affected first.
  const order = (session: PastSession) => (session.role === 'publisher' ? 0 : 1)
  return {
    listed: listed(
      hit.sort((a, b) => order(a) - order(b) || a.began - b.began),
      dossierLimits.sessions,
      isLeast,
    ),
    since,
  }
}

async function differencesOf({ differences }: FactsDeps, { from, to, serverIds }: Scope, subjects: readonly Subject[], named: ReadonlyMap<string, string>) {
  if (differences === null) return null
  const hit = [...new Set(subjects.flatMap((subject) => ('serverId' in subject ? [subject.serverId] : [])))]
  /** Before and after null: not set. */
  const all: { at: number; server: string; key: string; before: string | null; after: string | null }[] = []
  // Affected servers come first, in case there are too many.
  for (const serverId of (serverIds ?? [...new Set([...hit, ...named.keys()])]).slice(0, dossierLimits.servers)) {
    // Requests one more than is listed, to detect that there are more.
    const found = await differences(serverId, { from, to }, dossierLimits.changes + 1)
    for (const change of found)
      all.push({ at: change.at, server: named.get(serverId) ?? serverId, key: settingName(change), before: change.before, after: change.after })
  }
  return listed(
    all.sort((a, b) => a.at - b.at),
    dossierLimits.changes,
    all.length > dossierLimits.changes,
  )
}
