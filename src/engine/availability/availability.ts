import type { Clock } from '../../clock/clock.ts'
import { oneAtATime } from '../../clock/semaphore.ts'
import type { Slice, Slices } from '../../clock/slices.ts'
import {
  type Availability,
  type AvailabilityInput,
  type AvailabilityRow,
  availabilityKinds,
  mostAvailabilityDays,
  mostAvailabilitySubjects,
} from '../../shared/availability.ts'
import type { Span } from '../../shared/maintenance.ts'
import { matcherOf } from '../../shared/patterns.ts'
import type { Probe } from '../../shared/probes.ts'
import type { Server } from '../../shared/servers.ts'
import { ownerIdOf, partOf, type Subject, type SubjectOf, serverSubject } from '../../shared/subjectNames.ts'
import { api } from '../api.ts'
import type { History } from '../history/history.ts'
import type { RefuseUnknownServer } from '../refusing.ts'
import { readPieces, type SubjectPieces } from './readPieces.ts'
import { altogether, type Outage, reckon, united } from './reckon.ts'
import { type ChangesOfOwner, mostChanges, readChanges } from './stateChanges.ts'
import { type Piece, withHolesFilled, withoutNetwork, withoutSlips } from './statePieces.ts'

export interface AvailabilityDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly history: Pick<History, 'range' | 'subjects' | 'events'>
  readonly slices: Slices
  readonly server: (id: string) => Server | null
  readonly probe: (id: string) => Probe | null
  /** Past and planned maintenance of a subject in a period. */
  readonly maintenanceOf: (subject: SubjectOf<(typeof availabilityKinds)[number]>, from: number, to: number) => readonly Span[]
  /** On-air schedule of a stream in a period; null: it has none. */
  readonly onAirOf: (serverId: string, path: string, from: number, to: number) => readonly Span[] | null
  /** When this console had no network. */
  readonly offlineWithin: (from: number, to: number) => Promise<readonly Span[]>
  /** When it did not run or slept. */
  readonly gapsWithin: (from: number, to: number) => Promise<readonly Span[]>
  readonly signal: AbortSignal
}

type OutageOf = Outage & Pick<AvailabilityRow, 'subject' | 'name'>
interface ForReports {
  /** The longest outages, whichever rows are asked for, longest first: `mostOutages` of each server and its streams. */
  readonly longest: readonly OutageOf[]
  /** What `notCounted` is the number of. */
  readonly uncounted: readonly Watched[]
}
export type ReadAvailability = (input: AvailabilityInput, signal?: AbortSignal) => Promise<Availability & ForReports>

type Watched = SubjectOf<(typeof availabilityKinds)[number]>
type Report = Omit<Awaited<ReturnType<ReadAvailability>>, 'rows'> & { readonly rows: readonly AvailabilityRow[] }

/** Of each server, so that a report of any servers has as many. */
const mostOutages = 200

const dayMs = 86_400_000
const defaultDays = 30
/** "Until now" is rounded down to a full minute, so that all pages come from the same report. */
const minuteMs = 60_000
/** Maximum number of cached reports, and how long they are cached, ms. */
const mostKept = 4
const keptMs = 5 * 60_000
/** A server that misses fewer polls than this does not count as down. */
const missedPolls = 2.5

/** Reports the availability of streams, servers and probes, from their states in history. */
export function createAvailability(deps: AvailabilityDeps): ReadAvailability {
  const inTurn = oneAtATime()
  const kept = new Map<string, { readonly at: number; readonly report: Report }>()
  return (input, asked = deps.signal) => {
    const signal = AbortSignal.any([asked, deps.signal])
    const { limit, offset, format: _, ...wanted } = input
    const period = periodOf(wanted, deps.clock.now())
    const key = JSON.stringify({ ...wanted, ...period })
    return inTurn(signal, async () => {
      for (const [other, { at }] of kept) if (Math.abs(deps.clock.now() - at) > keptMs) kept.delete(other)
      // Its age counts from when it was read; requests do not extend it.
      const found = kept.get(key) ?? { at: deps.clock.now(), report: await readReport(deps, wanted, period, signal) }
      kept.delete(key)
      kept.set(key, found)
      for (const oldest of kept.keys()) if (kept.size > mostKept) kept.delete(oldest)
      return { ...found.report, rows: found.report.rows.slice(offset, offset + limit) }
    })
  }
}

function periodOf({ from, to }: Pick<AvailabilityInput, 'from' | 'to'>, now: number): Span {
  const full = Math.floor(now / minuteMs) * minuteMs
  const end = to === undefined || to > now ? full : to
  return { from: Math.min(end, Math.max(from ?? end - defaultDays * dayMs, end - mostAvailabilityDays * dayMs)), to: end }
}

function within(pieces: readonly Piece[], { from, to }: Span): readonly Piece[] {
  return pieces.flatMap((piece) => (piece.to <= from || piece.from >= to ? [] : [{ ...piece, from: Math.max(piece.from, from), to: Math.min(piece.to, to) }]))
}

type Wanted = Omit<AvailabilityInput, 'limit' | 'offset' | 'format'>

async function readReport(deps: AvailabilityDeps, wanted: Wanted, { from, to }: Span, signal: AbortSignal): Promise<Report> {
  const slice = deps.slices.begin()
  // Whole minutes are read: of a change in the first or the last of them, what is known of all of it says when that was.
  const minutes = { from: Math.floor(from / minuteMs) * minuteMs, to: Math.ceil(to / minuteMs) * minuteMs }
  const all = await subjectsOf(deps, wanted, { from, to }, slice, signal)
  const subjects = all.slice(0, mostAvailabilitySubjects)
  const found: Placed[] = []
  const uncounted: Watched[] = []
  const longest = new Map<string, OutageOf[]>()
  const offline = await deps.offlineWithin(from, to)
  const unwatched = united(await deps.gapsWithin(from, to))
  const servers = new Map<string, readonly Piece[]>()
  const serverIds = new Set(subjects.flatMap((subject) => (subject.kind === 'probe' ? [] : [subject.serverId])))
  const probes = subjects.filter((subject) => subject.kind === 'probe')
  const told = new Map<string, ChangesOfOwner>()
  let left = mostChanges
  for (const owner of [...Array.from(serverIds, serverSubject), ...probes]) {
    const changes = await readChanges({ history: deps.history, slice, signal }, owner, minutes, left)
    for (const of of changes.values()) left -= of.length
    told.set(ownerIdOf(owner), changes)
  }
  const changesOf = (subject: Watched) => told.get(ownerIdOf(subject))?.get(partOf(subject)) ?? []
  const read = (of: readonly Watched[]) => readPieces({ history: deps.history, changesOf }, of, minutes, slice, signal)
  const take = ({ subject, pieces, isCoarse }: SubjectPieces) => {
    const planned = {
      maintenance: deps.maintenanceOf(subject, from, to),
      onAir: subject.kind === 'stream' ? deps.onAirOf(subject.serverId, subject.path, from, to) : null,
      unwatched,
    }
    const name = nameOf(deps, subject)
    const outages = longest.get(ownerIdOf(subject)) ?? []
    longest.set(ownerIdOf(subject), outages)
    const reckoned = reckon(within(pieces, { from, to }), planned, (outage) => outages.push({ subject, name, ...outage }))
    if (outages.length > 2 * mostOutages) keepLongest(outages)
    const { upMs, downMs, unknownMs, maintenanceMs } = reckoned
    // Otherwise it did not exist or was not expected on air.
    if (upMs + downMs + unknownMs + maintenanceMs > 0) found.push(placed({ subject, name, ...reckoned, isCoarse }))
    else uncounted.push(subject)
  }
  const byLength = (a: OutageOf, b: OutageOf) => b.downMs - a.downMs
  const keepLongest = (outages: OutageOf[]) => {
    outages.sort(byLength).splice(mostOutages)
    return outages
  }
  const isAsked = new Set(subjects.flatMap((subject) => (subject.kind === 'server' ? [subject.serverId] : [])))
  for await (const one of read(Array.from(serverIds, serverSubject))) {
    const id = ownerIdOf(one.subject)
    const leastMs = missedPolls * 1_000 * (deps.server(id)?.intervalSeconds ?? 0)
    const pieces = withoutSlips(withoutNetwork(one.pieces, offline), leastMs)
    servers.set(id, pieces)
    if (isAsked.has(id)) take({ ...one, pieces })
  }
  for await (const one of read(probes)) take(one)
  for await (const one of read(subjects.filter(({ kind }) => kind === 'stream'))) {
    take({ ...one, pieces: withHolesFilled(one.pieces, servers.get(ownerIdOf(one.subject)) ?? []) })
    if (slice.isOver()) await slice.next(signal)
  }
  const rows = found.sort(comparePlaced).map(({ row }) => row)
  return {
    ...{ from, to, rows, all: altogether(rows), total: rows.length, left: all.length - subjects.length, notCounted: uncounted.length, uncounted },
    longest: [...longest.values()].flatMap(keepLongest).sort(byLength),
  }
}

/** A row with its sort keys: the least available first, unknown last. */
interface Placed {
  readonly row: AvailabilityRow
  readonly percent: number
  readonly name: string
}
/** Sort key that puts `cam2` before `cam10`. A collator would take 0.1 s for 10,000 names. */
const naturally = (text: string): string => text.replaceAll(/\d+/g, (digits) => digits.padStart(12, '0'))
const placed = (row: AvailabilityRow): Placed => ({
  row,
  percent: row.percent ?? 101,
  name: `${availabilityKinds.indexOf(row.subject.kind)} ${naturally(row.name)} ${naturally(partOf(row.subject) ?? '')}`,
})
const comparePlaced = (a: Placed, b: Placed): number => a.percent - b.percent || (a.name < b.name ? -1 : 1)

const nameOf = (deps: AvailabilityDeps, subject: Watched): string =>
  (subject.kind === 'probe' ? deps.probe(subject.probeId) : deps.server(subject.serverId))?.name ?? ''

async function subjectsOf(deps: AvailabilityDeps, wanted: Wanted, { from, to }: Span, slice: Slice, signal: AbortSignal): Promise<readonly Watched[]> {
  const matches = wanted.path === undefined ? null : matcherOf([wanted.path])
  const isOfServer = ({ id, name, tags }: Server): boolean =>
    (wanted.server === undefined || id === wanted.server || name.toLowerCase() === wanted.server.toLowerCase()) &&
    (wanted.tag === undefined || tags.includes(wanted.tag))
  const isWanted = (subject: Subject): subject is Watched => {
    if (wanted.of !== undefined && subject.kind !== wanted.of) return false
    // Only streams have a path.
    if (matches !== null && (subject.kind !== 'stream' || !matches(subject.path))) return false
    if (subject.kind === 'probe') {
      const probe = deps.probe(subject.probeId)
      return probe !== null && wanted.server === undefined && (wanted.tag === undefined || probe.project === wanted.tag)
    }
    if (subject.kind !== 'server' && subject.kind !== 'stream') return false
    const server = deps.server(subject.serverId)
    return server !== null && isOfServer(server)
  }
  const found: Watched[] = []
  for (const subject of await deps.history.subjects(from, to)) {
    if (isWanted(subject)) found.push(subject)
    if (slice.isOver()) await slice.next(signal)
  }
  return found
}

export function availabilityRouter(availability: ReadAvailability, refuseUnknown: RefuseUnknownServer) {
  return {
    read: api.availability.read.handler(({ input, context, signal }) => {
      refuseUnknown('server', input.server, context)
      return availability(input, signal)
    }),
  }
}
