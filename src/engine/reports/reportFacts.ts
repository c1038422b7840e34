import type { AlarmChange } from '../../shared/alarms.ts'
import { type Availability, type AvailabilityRow, availabilityInputSchema, mostAvailabilitySubjects } from '../../shared/availability.ts'
import { isFor, type Scope, type Span } from '../../shared/maintenance.ts'
import type { Operator } from '../../shared/permissions.ts'
import type { ReportFacts, ReportInput, WatchedPlace } from '../../shared/reports.ts'
import type { Server } from '../../shared/servers.ts'
import { severityRank } from '../../shared/severities.ts'
import { ownerIdOf, pathOf, type Subject, type SubjectOf, streamSubject } from '../../shared/subjectNames.ts'
import { mostViewed } from '../../shared/viewing.ts'
import type { CountPeriod } from '../alarms/alarmStatistics.ts'
import type { ReadAvailability } from '../availability/availability.ts'
import type { Cameras } from '../cameras/cameras.ts'
import type { Viewing } from '../viewing/viewing.ts'

export interface ReportFactsDeps {
  readonly clock: { readonly now: () => number }
  readonly isDemo: boolean
  readonly server: (id: string) => Pick<Server, 'name' | 'tags'> | null
  readonly availability: ReadAvailability
  /** Adds rows up as the screen does. */
  readonly altogether: (rows: readonly AvailabilityRow[]) => Availability['all']
  readonly countPeriod: CountPeriod
  readonly viewing: Pick<Viewing, 'report'>
  /** The camera of a stream, of those that an operator may see; null: of all. */
  readonly cameraOf: (serverId: string, path: string, operator: Operator | null) => ReturnType<Cameras['ofStream']>
  readonly signal: AbortSignal
}

/** Maximum number of outages and alarms of a report. */
const mostListed = 200
const hourMs = 3_600_000

/** What a report says of a period. `dueAt`: it is late, and says so. `operator`: whose cameras are named; null: all. */
export async function gatherReportFacts(
  deps: ReportFactsDeps,
  input: ReportInput,
  period: Span,
  dueAt: number | null,
  operator: Operator | null = null,
): Promise<ReportFacts> {
  const scope: Scope = { tags: input.tags, servers: input.servers, streams: [] }
  const isAll = scope.tags.length + scope.servers.length === 0
  const isOf = (subject: Subject | { readonly kind: 'console' }): boolean => {
    if (isAll) return true
    const server = 'serverId' in subject ? deps.server(subject.serverId) : null
    return server !== null && isFor(scope, server, pathOf(subject))
  }
  const asked = availabilityInputSchema.parse({ ...period, of: 'stream', limit: mostAvailabilitySubjects })
  const { rows, longest, left, uncounted } = await deps.availability(asked, deps.signal)
  const streams = rows.filter(({ subject }) => isOf(subject))
  const watched = await watchedIn(deps, isOf, period)
  const hoursOf = new Map(watched.map(({ subject, hours }) => [keyOf(subject), hours]))
  const tagsOf = ({ subject }: AvailabilityRow) => ('serverId' in subject ? (deps.server(subject.serverId)?.tags ?? []) : [])
  return {
    ...{
      name: input.name,
      isDemo: deps.isDemo,
      madeAt: deps.clock.now(),
      period,
      zone: input.zone,
      scope,
      dueAt,
      left,
      notCounted: uncounted.filter(isOf).length,
    },
    all: deps.altogether(streams),
    projects: byTag(streams, tagsOf).map(([tag, some]) => ({ tag, streams: some.length, figures: deps.altogether(some) })),
    streams: streams.map((row) => ({ ...row, tags: tagsOf(row), watchedHours: hoursOf.get(keyOf(row.subject)) ?? null })),
    watched: mostWatched(deps, watched, operator),
    outages: longest.filter(({ subject }) => isOf(subject)).slice(0, mostListed),
    outagesTotal: streams.reduce((sum, row) => sum + row.outages, 0),
    alarms: await alarmsOf(deps, isOf, period),
  }
}

/** By tag, those without one last. */
function byTag(rows: readonly AvailabilityRow[], tagsOf: (row: AvailabilityRow) => readonly string[]) {
  const found = new Map<string | null, AvailabilityRow[]>()
  for (const row of rows) {
    const tags = tagsOf(row)
    for (const tag of tags.length === 0 ? [null] : tags) {
      const some = found.get(tag) ?? []
      found.set(tag, some)
      some.push(row)
    }
  }
  return [...found].sort(([a], [b]) => (a === null ? 1 : b === null ? -1 : a.localeCompare(b)))
}

async function alarmsOf({ countPeriod }: ReportFactsDeps, isOf: (subject: Subject | { readonly kind: 'console' }) => boolean, { from, to }: Span) {
  const found: ReportFacts['alarms']['rows'][number][] = []
  let total = 0
  const keepWorst = () => found.sort((a, b) => severityRank[a.severity] - severityRank[b.severity] || a.since - b.since).splice(mostListed)
  const { began, taken, takers, knownFrom } = await countPeriod(from, to, ({ alarm, changes }) => {
    if (!isOf(alarm.subject)) return false
    if (alarm.raisedAt < from || alarm.raisedAt >= to) return true
    total++
    const { id, kind, rule, ruleName, subject, serverName, severity, why, since } = alarm
    const taken = changes.findLast((change): change is Extract<AlarmChange, { kind: 'acknowledged' }> => change.kind === 'acknowledged')
    found.push({
      ...{ id, kind, rule, subject, serverName, severity, why, since, endedAt: alarm.healedAt ?? alarm.closed?.at ?? null },
      ...(ruleName !== undefined && { ruleName }),
      takenBy: taken === undefined ? null : { by: taken.by, ...(taken.link !== undefined && { link: taken.link }) },
    })
    if (found.length > 2 * mostListed) keepWorst()
    return true
  })
  keepWorst()
  return { began, taken, takers, knownFrom, rows: found, total }
}

interface Watched {
  readonly subject: SubjectOf<'stream'>
  readonly name: string
  /** null: unknown. */
  readonly hours: number | null
}
const keyOf = (subject: Subject) => `${ownerIdOf(subject)} ${pathOf(subject)}`

/** How long people watched each stream, as the screens have it. */
async function watchedIn({ viewing, signal }: ReportFactsDeps, isOf: (subject: Subject) => boolean, { from, to }: Span): Promise<readonly Watched[]> {
  const { rows } = await viewing.report({ from, to, lastMs: to - from, limit: mostViewed, offset: 0 }, signal)
  return rows.flatMap(({ serverId, path, server, peopleMs }) => {
    if (serverId === null || path === null) return []
    const subject = streamSubject(serverId, path)
    return isOf(subject) ? { subject, name: server ?? '', hours: peopleMs && peopleMs / hourMs } : []
  })
}

function mostWatched({ cameraOf }: ReportFactsDeps, watched: readonly Watched[], operator: Operator | null): ReportFacts['watched'] {
  const places = new Map<string, WatchedPlace>()
  for (const { subject, name, hours } of watched) {
    if (hours === null) continue
    const found = cameraOf(subject.serverId, subject.path, operator)
    const key = found?.id ?? keyOf(subject)
    const place = places.get(key) ?? { subject, name, camera: found && { name: found.input.name, project: found.input.project || null }, hours: 0 }
    places.set(key, { ...place, hours: place.hours + hours })
  }
  if (places.size === 0) return null
  return [...places.values()].filter(({ hours }) => hours > 0).sort((a, b) => b.hours - a.hours)
}
