import type { Clock } from '../../clock/clock.ts'
import { oneAtATime } from '../../clock/semaphore.ts'
import type { Slices } from '../../clock/slices.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import { hostOf } from '../../shared/hostOf.ts'
import type { Span } from '../../shared/maintenance.ts'
import { matcherOf } from '../../shared/patterns.ts'
import type { Server } from '../../shared/servers.ts'
import type { Stream } from '../../shared/streams.ts'
import type { Subject, SubjectOf } from '../../shared/subjectNames.ts'
import { streamSubject } from '../../shared/subjectNames.ts'
import { seriesOf } from '../../shared/subjects.ts'
import { type Tier, tierStepMs } from '../../shared/tiers.ts'
import { mostViewed, mostViewingDays, type StreamViewing, type ViewingInput, type ViewingReport, type ViewingRow } from '../../shared/viewing.ts'
import type { History } from '../history/history.ts'
import type { KeptSession } from '../sessions/sessionRows.ts'

interface ViewingDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly history: Pick<History, 'range' | 'subjects'>
  readonly slices: Slices
  readonly server: (id: string) => Server | null
  readonly stream: (serverId: string, path: string) => Pick<Stream, 'hlsViewersUnknown'> | null
  /** Passes sessions of a period on, at most so many. Returns from when on they are kept; null: none are, or there are more. */
  readonly sessions: (from: number, to: number, most: number, visit: (session: KeptSession) => void, signal: AbortSignal) => Promise<number | null>
  readonly isPerson: (session: KeptSession) => boolean
  readonly signal: AbortSignal
}

type Watched = SubjectOf<'stream'>
type Wanted = Omit<ViewingInput, 'from' | 'to' | 'lastMs' | 'sort' | 'limit' | 'offset' | 'format'>
type Report = Omit<ViewingReport, 'rows'> & { readonly rows: readonly ViewingRow[] }

const dayMs = 86_400_000
const minuteMs = 60_000
/** Values requested from history at once: deserialising an answer cannot be interrupted. */
const mostValues = 30_000
/** A period is read in at most so many buckets of a tier. */
const mostBuckets = 400
/** Sessions read to count distinct people: some 0.5 s of work in slices. */
const mostCounted = 200_000
/** Maximum number of cached reports, and how long they are cached, ms. */
const mostKept = 4
const keptMs = 5 * minuteMs
const metrics = ['path.people', 'path.viewers', 'path.readers'] as const

/**
 * What viewers watched, from the numbers of readers in history and from sessions. Read by buckets of a quarter of an hour or two hours, never sample by
 * sample: so a month of many streams costs as much as its buckets.
 */
export class Viewing {
  readonly #deps: ViewingDeps
  readonly #inTurn = oneAtATime()
  readonly #kept = new Map<string, { readonly at: number; readonly report: Report }>()

  constructor(deps: ViewingDeps) {
    this.#deps = deps
  }

  /** A page of a report. The report itself is cached for some minutes. */
  report({ from, to, lastMs, sort, limit, offset, format: _, ...wanted }: ViewingInput, asked = this.#deps.signal): Promise<ViewingReport> {
    const signal = AbortSignal.any([asked, this.#deps.signal])
    const { now } = this.#deps.clock
    const window = windowOf({ from, to, lastMs }, now())
    const key = JSON.stringify([wanted, window.from, window.to])
    return this.#inTurn(signal, async () => {
      for (const [other, { at }] of this.#kept) if (Math.abs(now() - at) > keptMs) this.#kept.delete(other)
      const found = this.#kept.get(key) ?? { at: now(), report: await this.#read(wanted, window, signal) }
      this.#kept.delete(key)
      this.#kept.set(key, found)
      for (const oldest of this.#kept.keys()) if (this.#kept.size > mostKept) this.#kept.delete(oldest)
      const rows = found.report.rows.toSorted(orders[sort])
      return { ...found.report, rows: rows.slice(offset, offset + limit) }
    })
  }

  /** People at once on one stream. */
  async stream(
    input: Pick<ViewingInput, 'from' | 'to' | 'lastMs'> & { readonly serverId: string; readonly path: string },
    asked = this.#deps.signal,
  ): Promise<StreamViewing> {
    const signal = AbortSignal.any([asked, this.#deps.signal])
    const window = windowOf(input, this.#deps.clock.now())
    const subject = streamSubject(input.serverId, input.path)
    const groups = new Groups(this.#deps, 'stream', window)
    const [columns] = (await this.#columns([subject], window, signal)) as [StreamColumns]
    groups.add(subject, columns)
    await this.#count(groups, window, signal)
    const { people, viewers } = columns
    const line = viewers.at.length > 0 ? viewers : people
    const [row] = groups.rows() as [ViewingRow]
    return { from: window.from, to: window.to, row, at: line.at, least: line.min, mean: line.mean, most: line.max, gaps: line.gaps }
  }

  async #read(wanted: Wanted, window: Window, signal: AbortSignal): Promise<Report> {
    const slice = this.#deps.slices.begin()
    const all = await this.#subjects(wanted, window, signal)
    const subjects = all.slice(0, mostViewed)
    const groups = new Groups(this.#deps, wanted.by, window)
    const perPart = Math.max(1, Math.floor(mostValues / (window.buckets * metrics.length)))
    const ahead = (at: number) => {
      const found = this.#columns(subjects.slice(at, at + perPart), window, signal)
      // A failure is reported where the part is awaited.
      found.catch(() => undefined)
      return found
    }
    let next = ahead(0)
    for (let at = 0; at < subjects.length; at += perPart) {
      const found = await next
      next = ahead(at + perPart)
      for (const [index, columns] of found.entries()) {
        groups.add(subjects[at + index] as Watched, columns)
        if (slice.isOver()) await slice.next(signal)
      }
    }
    const viewersFrom = await this.#count(groups, window, signal)
    const rows = groups.rows()
    return { from: window.from, to: window.to, rows, total: rows.length, left: all.length - subjects.length, all: groups.all(), viewersFrom }
  }

  async #subjects({ server, path, tag }: Wanted, { from, to }: Window, signal: AbortSignal): Promise<readonly Watched[]> {
    const matches = path === undefined ? null : matcherOf([path])
    const wantedServer = server?.toLowerCase()
    const isOfServer = ({ id, name, tags }: Server): boolean =>
      (wantedServer === undefined || id === server || name.toLowerCase() === wantedServer) && (tag === undefined || tags.includes(tag))
    const slice = this.#deps.slices.begin()
    const found: Watched[] = []
    const isWanted = (subject: Subject): subject is Watched => {
      const of = subject.kind === 'stream' ? this.#deps.server(subject.serverId) : null
      return subject.kind === 'stream' && of !== null && isOfServer(of) && (matches === null || matches(subject.path))
    }
    for (const subject of await this.#deps.history.subjects(from, to)) {
      if (isWanted(subject)) found.push(subject)
      if (slice.isOver()) await slice.next(signal)
    }
    return found
  }

  async #columns(subjects: readonly Watched[], { first, widthMs, buckets, tier }: Window, signal: AbortSignal): Promise<readonly StreamColumns[]> {
    if (subjects.length === 0) return []
    const series = subjects.flatMap((subject) => metrics.map((metric) => seriesOf(subject, metric)))
    const found = await this.#deps.history.range({ series, from: first, to: first + (buckets - 1) * widthMs, points: buckets, tier }, signal)
    return subjects.map((_, index) => {
      const [people, viewers, readers] = found.slice(index * metrics.length, (index + 1) * metrics.length) as [SeriesColumns, SeriesColumns, SeriesColumns]
      return { people, viewers, readers }
    })
  }

  /** Counts distinct people. Returns from when on; null: they can't be counted. */
  async #count(groups: Groups, { from, to }: Window, signal: AbortSignal): Promise<number | null> {
    const { sessions, isPerson } = this.#deps
    const visit = (session: KeptSession) => {
      if (session.role === 'reader' && session.remoteAddr !== null && isPerson(session)) groups.saw(session)
    }
    const since = await sessions(from, to, mostCounted, visit, signal)
    if (since === null || since >= to) groups.forgetViewers()
    return since === null || since >= to ? null : Math.max(from, since)
  }
}

interface Window extends Span {
  /** Start of the first bucket. */
  readonly first: number
  readonly widthMs: number
  readonly buckets: number
  readonly tier: Tier
}
/** Buckets of a tier can't be split, so a period begins with one. */
function windowOf({ from, to, lastMs }: Pick<ViewingInput, 'from' | 'to' | 'lastMs'>, now: number): Window {
  const end = to === undefined || to > now ? Math.floor(now / minuteMs) * minuteMs : to
  const start = Math.min(end, Math.max(from ?? end - lastMs, end - mostViewingDays * dayMs))
  const tier: Tier = end - start <= 26 * 3_600_000 ? 'quarterHours' : 'twoHours'
  const widthMs = tierStepMs[tier] * Math.ceil((end - start) / (mostBuckets * tierStepMs[tier]) || 1)
  const first = Math.floor(start / widthMs) * widthMs
  return { from: first, to: end, first, widthMs, tier, buckets: Math.max(1, Math.ceil((end - first) / widthMs)) + 1 }
}

interface StreamColumns {
  readonly people: SeriesColumns
  readonly viewers: SeriesColumns
  readonly readers: SeriesColumns
}

/** Rows in the making: figures of streams, added up by what they belong to. */
class Groups {
  readonly #deps: Pick<ViewingDeps, 'server' | 'stream'>
  readonly #by: ViewingInput['by']
  readonly #window: Window
  readonly #groups = new Map<string, Group>()
  readonly #all = { peopleMs: null as number | null, machinesMs: null as number | null, cdnsMs: null as number | null, observed: new Float64Array() }
  /** Groups of a stream, by server and path. */
  readonly #ofStream = new Map<string, readonly Group[]>()
  #isCounted = true

  constructor(deps: Pick<ViewingDeps, 'server' | 'stream'>, by: ViewingInput['by'], window: Window) {
    this.#deps = deps
    this.#by = by
    this.#window = window
    this.#all.observed = new Float64Array(window.buckets)
  }

  add(subject: Watched, { people, viewers, readers }: StreamColumns): void {
    const { first, widthMs, buckets } = this.#window
    const known = knownMs(people.gaps, this.#window)
    const placed = (column: readonly number[], { at }: SeriesColumns, into: Float64Array) => {
      for (const [index, moment] of at.entries()) into[Math.floor((moment - first) / widthMs)] = column[index] as number
      return into
    }
    const unknown = () => new Float64Array(buckets).fill(Number.NaN)
    const peopleMean = placed(people.mean, people, unknown())
    // Before CDNs were counted apart, each of them was one of the people.
    const mean = placed(viewers.mean, viewers, peopleMean.slice())
    const most = placed(viewers.max, viewers, placed(people.max, people, unknown()))
    const readersMean = placed(readers.mean, readers, unknown())
    const groups = this.#groupsOf(subject)
    const add = (sums: { peopleMs: number | null; machinesMs: number | null; cdnsMs: number | null }, bucket: number, ms: number) => {
      sums.peopleMs = (sums.peopleMs ?? 0) + (mean[bucket] as number) * ms
      sums.cdnsMs = (sums.cdnsMs ?? 0) + Math.max(0, (peopleMean[bucket] as number) - (mean[bucket] as number)) * ms
      const others = (readersMean[bucket] as number) - (peopleMean[bucket] as number)
      if (!Number.isNaN(others)) sums.machinesMs = (sums.machinesMs ?? 0) + Math.max(0, others) * ms
    }
    for (let bucket = 0; bucket < buckets; bucket++) {
      if (Number.isNaN(mean[bucket])) continue
      const ms = known[bucket] as number
      add(this.#all, bucket, ms)
      this.#all.observed[bucket] = Math.max(this.#all.observed[bucket] as number, ms)
      for (const group of groups) {
        add(group, bucket, ms)
        group.observed[bucket] = Math.max(group.observed[bucket] as number, ms)
        group.most[bucket] = (Number.isNaN(group.most[bucket]) ? 0 : (group.most[bucket] as number)) + (most[bucket] as number)
      }
    }
    if (this.#deps.stream(subject.serverId, subject.path)?.hlsViewersUnknown === true) for (const group of groups) group.hlsUncounted = true
  }

  /** A person's session. One user at several addresses is several people, and so are several at one address under different names. */
  saw({ serverId, path, user, remoteAddr }: KeptSession): void {
    const viewer = `${user ?? ''} ${hostOf(remoteAddr ?? '')}`
    for (const group of this.#ofStream.get(`${serverId} ${path}`) ?? []) group.viewers.add(viewer)
  }
  forgetViewers(): void {
    this.#isCounted = false
  }

  rows(): ViewingRow[] {
    return [...this.#groups.values()].map(({ about, streams, peopleMs, machinesMs, cdnsMs, observed, most, viewers, hlsUncounted }) => {
      const observedMs = sum(observed)
      const at = most.reduce((best, value, bucket) => (value > (best < 0 ? -1 : (most[best] as number)) ? bucket : best), -1)
      // Nobody found where somebody watched: they are in no list.
      const isTold = this.#isCounted && !(viewers.size === 0 && peopleMs !== 0)
      return {
        ...{ ...about, streams, peopleMs, machinesMs, cdnsMs, observedMs, hlsUncounted },
        most: at < 0 ? null : (most[at] as number),
        mostAt: at < 0 || most[at] === 0 ? null : this.#window.first + at * this.#window.widthMs,
        mostIsBound: streams > 1,
        mean: peopleMs === null || observedMs === 0 ? null : peopleMs / observedMs,
        viewers: isTold ? viewers.size : null,
      }
    })
  }
  all(): ViewingReport['all'] {
    const { observed, ...sums } = this.#all
    return { ...sums, observedMs: sum(observed) }
  }

  #groupsOf({ serverId, path }: Watched): readonly Group[] {
    const server = this.#deps.server(serverId)
    const none = { serverId: null, server: null, path: null, name: null }
    const ofServer = { ...none, serverId, server: server?.name ?? serverId }
    const tags: readonly (string | null)[] = server === null || server.tags.length === 0 ? [null] : server.tags
    const about = {
      stream: () => [{ ...ofServer, path, name: path }],
      server: () => [{ ...ofServer, name: ofServer.server }],
      tag: () => tags.map((name) => ({ ...none, name })),
    }[this.#by]()
    const groups = about.map((one) => {
      const key = JSON.stringify(one)
      const known = this.#groups.get(key) ?? newGroup(one, this.#window.buckets)
      this.#groups.set(key, known)
      known.streams++
      return known
    })
    this.#ofStream.set(`${serverId} ${path}`, groups)
    return groups
  }
}

type Group = ReturnType<typeof newGroup>
function newGroup(about: Pick<ViewingRow, 'serverId' | 'server' | 'path' | 'name'>, buckets: number) {
  return {
    about,
    streams: 0,
    peopleMs: null as number | null,
    machinesMs: null as number | null,
    cdnsMs: null as number | null,
    /** By buckets: the time in which any of its streams was observed, and the sum of the most at once. */
    observed: new Float64Array(buckets),
    most: new Float64Array(buckets).fill(Number.NaN),
    viewers: new Set<string>(),
    hlsUncounted: false,
  }
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)

/** How much of each bucket is known. */
function knownMs(gaps: SeriesColumns['gaps'], { from, to, first, widthMs, buckets }: Window): Float64Array {
  const known = new Float64Array(buckets)
  const startOf = (bucket: number) => Math.max(from, first + bucket * widthMs)
  const endOf = (bucket: number) => Math.min(to, first + (bucket + 1) * widthMs)
  for (let bucket = 0; bucket < buckets; bucket++) known[bucket] = Math.max(0, endOf(bucket) - startOf(bucket))
  for (const [begin, end] of gaps)
    for (let bucket = Math.max(0, Math.floor((begin - first) / widthMs)); bucket < buckets && startOf(bucket) < end; bucket++)
      known[bucket] = Math.max(0, (known[bucket] as number) - Math.max(0, Math.min(end, endOf(bucket)) - Math.max(begin, startOf(bucket))))
  return known
}

const nameOf = ({ server, name }: ViewingRow) => `${server ?? ''} ${name ?? ''}`
const byNumber = (of: (row: ViewingRow) => number | null) => (a: ViewingRow, b: ViewingRow) => (of(b) ?? -1) - (of(a) ?? -1) || (nameOf(a) < nameOf(b) ? -1 : 1)
const orders = {
  watched: byNumber(({ peopleMs }) => peopleMs),
  most: byNumber(({ most }) => most),
  mean: byNumber(({ mean }) => mean),
  viewers: byNumber(({ viewers }) => viewers),
}
