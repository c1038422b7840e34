import type { Clock } from '../../clock/clock.ts'
import { oneAtATime } from '../../clock/semaphore.ts'
import type { Slices } from '../../clock/slices.ts'
import { commonGaps, type Gap, mergeGaps } from '../../shared/gaps.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import type { Span } from '../../shared/maintenance.ts'
import { isAllowed, type Operator } from '../../shared/permissions.ts'
import type { Server } from '../../shared/servers.ts'
import type { StreamFacts } from '../../shared/streams.ts'
import { type SubjectOf, streamSubject } from '../../shared/subjectNames.ts'
import { seriesOf } from '../../shared/subjects.ts'
import { type Tier, tierStepMs } from '../../shared/tiers.ts'
import {
  type CamerasViewingInput,
  mostViewed,
  mostViewingDays,
  type ViewingInput,
  type ViewingOverTime,
  type ViewingReport,
  type ViewingRow,
} from '../../shared/viewing.ts'
import type { Cameras, StoredCamera } from '../cameras/cameras.ts'
import type { History } from '../history/history.ts'

interface ViewingDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly history: Pick<History, 'range' | 'subjects'>
  readonly slices: Slices
  readonly server: (id: string) => Server | null
  readonly stream: (serverId: string, path: string) => Pick<StreamFacts, 'hlsViewersUnknown'> | null
  readonly cameras: Pick<Cameras, 'get' | 'seenOf' | 'streamsOf'>
  /** null: the account is gone. */
  readonly accountName: (id: string) => string | null
  readonly signal: AbortSignal
}

type Watched = SubjectOf<'stream'>
type Period = Pick<ViewingInput, 'from' | 'to' | 'lastMs'>
type About = Pick<ViewingRow, 'serverId' | 'server' | 'path' | 'name' | 'cameraId' | 'project' | 'ownerKind'>
interface Question {
  readonly isWanted: (stream: Watched) => boolean
  readonly aboutOf: (stream: Watched) => About
}
type Row = Omit<ViewingRow, 'over'> & { readonly over: Float32Array }
type Report = Omit<ViewingReport, 'rows'> & { readonly rows: readonly Row[] }

const dayMs = 86_400_000
const minuteMs = 60_000
/** Values requested from history at once: deserialising an answer cannot be interrupted. */
const mostValues = 30_000
/** A period is read in at most so many buckets of a tier. */
const mostBuckets = 400
/** Columns of people over time in a row, and rows of an answer that have them. */
const mostColumns = 48
const mostOver = 500
const metrics = ['path.viewers', 'path.readers', 'path.state'] as const

/**
 * What viewers watched, from the numbers of readers in history. Read by buckets of a quarter of an hour or two hours, never sample by
 * sample: so a month of many streams costs as much as its buckets.
 */
export class Viewing {
  readonly #deps: ViewingDeps
  readonly #inTurn = oneAtATime()

  constructor(deps: ViewingDeps) {
    this.#deps = deps
  }

  report(asked: ViewingInput, signal = this.#deps.signal): Promise<ViewingReport> {
    return this.#page(asked, { isWanted: () => true, aboutOf: (stream) => this.#aboutStream(stream) }, signal)
  }

  /** By cameras that an operator may see. Streams without one are for whoever may see the fleet. */
  cameras({ by, ...asked }: CamerasViewingInput, operator: Operator, signal = this.#deps.signal): Promise<ViewingReport> {
    const { cameras } = this.#deps
    const seesFleet = isAllowed(operator, 'view')
    const cameraOf = ({ serverId, path }: Watched) => cameras.seenOf(serverId, path, operator)
    const question: Question = {
      isWanted: (stream) => seesFleet || cameraOf(stream) !== null,
      aboutOf: (stream) => this.#aboutCamera(cameraOf(stream), by),
    }
    return this.#page(asked, question, signal)
  }

  /** People at once on one stream. */
  stream({ serverId, path, ...period }: Period & { readonly serverId: string; readonly path: string }, signal = this.#deps.signal): Promise<ViewingOverTime> {
    const subject = streamSubject(serverId, path)
    return this.#overTime([subject], this.#aboutStream(subject), period, signal)
  }

  /** People at once on the streams of a camera together; null: it has none. `undefined`: there is no such camera, or the operator may not see it. */
  async camera({ id, ...period }: Period & { readonly id: string }, operator: Operator, signal = this.#deps.signal) {
    const { cameras } = this.#deps
    const streams = cameras.streamsOf(id, operator)?.map(({ serverId, path }) => streamSubject(serverId, path))
    if (streams === undefined || streams.length === 0) return streams && null
    return this.#overTime(streams, this.#aboutCamera(cameras.get(id, operator), 'camera'), period, signal)
  }

  #page({ limit, offset, ...period }: ViewingInput, question: Question, asked: AbortSignal): Promise<ViewingReport> {
    const signal = AbortSignal.any([asked, this.#deps.signal])
    return this.#inTurn(signal, async () => {
      const report = await this.#read(question, windowOf(period, this.#deps.clock.now()), signal)
      const rows = report.rows.slice(offset, offset + limit)
      return { ...report, rows: rows.map((row, place) => ({ ...row, over: place < mostOver ? overOf(row) : [] })) }
    })
  }

  async #overTime(streams: readonly Watched[], about: About, period: Period, asked: AbortSignal): Promise<ViewingOverTime> {
    const signal = AbortSignal.any([asked, this.#deps.signal])
    const window = windowOf(period, this.#deps.clock.now())
    const groups = new Groups(this.#deps, () => about, window)
    for (const [place, columns] of (await this.#columns(streams, window, signal)).entries()) groups.add(streams[place] as Watched, columns)
    const [row] = groups.rows() as [Row]
    return { from: window.from, to: window.to, row: { ...row, over: overOf(row) } }
  }

  async #read({ isWanted, aboutOf }: Question, window: Window, signal: AbortSignal): Promise<Report> {
    const slice = this.#deps.slices.begin()
    const all: Watched[] = []
    for (const subject of await this.#deps.history.subjects(window.from, window.to)) {
      if (subject.kind === 'stream' && this.#deps.server(subject.serverId) !== null && isWanted(subject)) all.push(subject)
      if (slice.isOver()) await slice.next(signal)
    }
    const subjects = all.slice(0, mostViewed)
    const groups = new Groups(this.#deps, aboutOf, window)
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
    const rows = groups.rows().sort(mostWatchedFirst)
    return { from: window.from, to: window.to, rows, total: rows.length, left: all.length - subjects.length, all: groups.all() }
  }

  async #columns(subjects: readonly Watched[], { begin, widthMs, buckets, tier }: Window, signal: AbortSignal): Promise<readonly StreamColumns[]> {
    if (subjects.length === 0) return []
    const series = subjects.flatMap((subject) => metrics.map((metric) => seriesOf(subject, metric)))
    const found = await this.#deps.history.range({ series, from: begin, to: begin + (buckets - 1) * widthMs, points: buckets, tier, totals: true }, signal)
    return subjects.map((_, index) => {
      const [viewers, readers, state] = found.slice(index * metrics.length, (index + 1) * metrics.length) as [Totalled, Totalled, Totalled]
      return { viewers, readers, state }
    })
  }

  #aboutStream({ serverId, path }: Watched): About {
    return { ...nothing, serverId, server: this.#deps.server(serverId)?.name ?? serverId, path, name: path }
  }

  #aboutCamera(camera: StoredCamera | null, by: CamerasViewingInput['by']): About {
    if (camera === null) return nothing
    const { name, project, owner } = camera.input
    if (by === 'camera') return { ...nothing, name, cameraId: camera.id, project: project || null }
    if (by === 'project') return { ...nothing, name: project || null }
    const ownerName = owner?.kind === 'account' ? (this.#deps.accountName(owner.id) ?? owner.id) : owner?.name
    return { ...nothing, name: ownerName ?? null, ownerKind: owner?.kind ?? null }
  }
}

interface Window extends Span {
  /** When its first bucket begins. */
  readonly begin: number
  readonly widthMs: number
  readonly buckets: number
  readonly tier: Tier
}
/** Buckets of a tier can't be split: a period that is asked for by its length begins with one, else those at its ends count by their share in it. */
function windowOf({ from, to, lastMs }: Period, now: number): Window {
  const end = to === undefined || to > now ? Math.floor(now / minuteMs) * minuteMs : to
  const start = Math.min(end, Math.max(from ?? end - lastMs, end - mostViewingDays * dayMs))
  const tier: Tier = end - start <= 26 * 3_600_000 ? 'quarterHours' : 'twoHours'
  const widthMs = tierStepMs[tier] * Math.ceil((end - start) / (mostBuckets * tierStepMs[tier]) || 1)
  const begin = Math.floor(start / widthMs) * widthMs
  return { from: from === undefined ? begin : start, to: end, begin, widthMs, tier, buckets: Math.max(1, Math.ceil((end - begin) / widthMs)) + 1 }
}

type Totalled = SeriesColumns & { readonly count: readonly number[] }
interface StreamColumns {
  /** People, without CDNs. */
  readonly viewers: Totalled
  readonly readers: SeriesColumns
  /** Has a value also while the stream is gone, so that nobody is counted. */
  readonly state: Totalled
}

const nothing: About = { serverId: null, server: null, path: null, name: null, cameraId: null, project: null, ownerKind: null }

/** Rows in the making: figures of streams, added up by what they belong to. */
class Groups {
  readonly #deps: Pick<ViewingDeps, 'stream'>
  readonly #aboutOf: Question['aboutOf']
  readonly #window: Window
  readonly #groups = new Map<string, Group>()
  readonly #all: Sums

  constructor(deps: Pick<ViewingDeps, 'stream'>, aboutOf: Question['aboutOf'], window: Window) {
    this.#deps = deps
    this.#aboutOf = aboutOf
    this.#window = window
    this.#all = noSums(window)
  }

  add(subject: Watched, { viewers, readers, state }: StreamColumns): void {
    const { begin, widthMs, buckets } = this.#window
    const placed = (column: readonly number[], { at }: SeriesColumns) => {
      const into = new Float64Array(buckets).fill(Number.NaN)
      for (const [index, moment] of at.entries()) into[Math.floor((moment - begin) / widthMs)] = column[index] as number
      return into
    }
    const [counts, states] = [placed(viewers.count, viewers), placed(state.count, state)]
    const mean = placed(viewers.mean, viewers)
    const most = placed(viewers.max, viewers)
    const readersMean = placed(readers.mean, readers)
    const unknown = mergeGaps([...viewers.gaps, ...bucketsWithout(mean, this.#window)])
    // Of times shorter than a minute in which it was gone only the number of its samples tells.
    const listed = knownMs(state.gaps, this.#window)
    const known = knownMs(unknown, this.#window).map((ms, bucket) =>
      states[bucket] ? Math.min(ms, ((listed[bucket] as number) * (counts[bucket] as number)) / states[bucket]) : ms,
    )
    const group = this.#groupOf(subject)
    const each: readonly Sums[] = [this.#all, group]
    for (const sums of each) sums.unknown = commonGaps([sums.unknown, unknown])
    for (let bucket = 0; bucket < buckets; bucket++) {
      const viewersNow = mean[bucket] as number
      if (Number.isNaN(viewersNow)) continue
      const ms = known[bucket] as number
      const others = Math.max(0, (readersMean[bucket] as number) - viewersNow)
      const column = columnOf(bucket, this.#window)
      for (const sums of each) {
        sums.counted[bucket] = (sums.counted[bucket] as number) + ms
        sums.peopleMs = (sums.peopleMs ?? 0) + viewersNow * ms
        sums.othersMs = (sums.othersMs ?? 0) + others * ms
      }
      group.over[column] = (group.over[column] as number) + viewersNow * ms
      group.most[bucket] = (Number.isNaN(group.most[bucket]) ? 0 : (group.most[bucket] as number)) + (most[bucket] as number)
    }
    if (this.#deps.stream(subject.serverId, subject.path)?.hlsViewersUnknown === true) group.hlsUncounted = true
  }

  rows(): Row[] {
    return [...this.#groups.values()].map((group) => {
      const { about, streams, over, most, hlsUncounted } = group
      const observed = observedOf(group, this.#window)
      const known = most.filter((value) => !Number.isNaN(value))
      return {
        ...{ ...about, streams, ...watchedOf(group, observed), hlsUncounted },
        most: known.length === 0 ? null : Math.max(...known),
        mostIsBound: streams > 1,
        over: meansOf(over, observed, this.#window),
      }
    })
  }
  all(): ViewingReport['all'] {
    return watchedOf(this.#all, observedOf(this.#all, this.#window))
  }

  #groupOf(stream: Watched): Group {
    const about = this.#aboutOf(stream)
    const key = JSON.stringify(about)
    const group = this.#groups.get(key) ?? newGroup(about, this.#window)
    this.#groups.set(key, group)
    group.streams++
    return group
  }
}

/** NaN: not known of all that was observed. */
interface Sums extends Pick<ViewingRow, 'peopleMs' | 'othersMs'> {
  /** When none of the streams was observed. */
  unknown: readonly Gap[]
  /** By buckets: for how long people were counted, of all streams together, ms. */
  readonly counted: Float64Array
}
const noSums = ({ begin, to, buckets }: Window): Sums => ({
  ...{ peopleMs: null, othersMs: null },
  unknown: [[begin, to]],
  counted: new Float64Array(buckets),
})
/** How much of each bucket one of the streams was observed. */
const observedOf = ({ unknown, counted }: Sums, window: Window): Float64Array =>
  knownMs(unknown, window).map((ms, bucket) => Math.min(ms, counted[bucket] as number))
const watchedOf = ({ peopleMs, othersMs }: Sums, observed: Float64Array): ViewingReport['all'] => ({
  ...{ peopleMs, othersMs: Number.isNaN(othersMs) ? null : othersMs },
  observedMs: sum(observed),
})

type Group = ReturnType<typeof newGroup>
function newGroup(about: About, window: Window) {
  const { buckets } = window
  return {
    about,
    streams: 0,
    ...noSums(window),
    /** By buckets: the sum of the most at once. */
    most: new Float64Array(buckets).fill(Number.NaN),
    /** By columns over time: people times ms. */
    over: new Float64Array(columnOf(buckets, window) + 1),
    hlsUncounted: false,
  }
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)

/** The column over time that a bucket is in. The last bucket begins where the period ends, and has nothing of it. */
function columnOf(bucket: number, { buckets }: Window): number {
  const whole = Math.max(1, buckets - 1)
  const columns = Math.min(mostColumns, whole)
  return Math.min(columns - 1, Math.floor((bucket * columns) / whole))
}
function meansOf(over: Float64Array, observed: Float64Array, window: Window): Float32Array {
  const known = new Float64Array(over.length)
  for (const [bucket, ms] of observed.entries()) {
    const column = columnOf(bucket, window)
    known[column] = (known[column] as number) + ms
  }
  return Float32Array.from(over, (people, column) => people / (known[column] as number))
}
const overOf = ({ over }: Row): (number | null)[] => Array.from(over, (value) => (Number.isNaN(value) ? null : Math.round(value * 1_000) / 1_000))

/** Buckets in which nothing is known. */
function bucketsWithout(values: Float64Array, { begin, widthMs }: Window): Gap[] {
  const found: Gap[] = []
  for (const [bucket, value] of values.entries()) if (Number.isNaN(value)) found.push([begin + bucket * widthMs, begin + (bucket + 1) * widthMs])
  return found
}

/** How much of each bucket is known. */
function knownMs(gaps: readonly Gap[], { from, to, begin, widthMs, buckets }: Window): Float64Array {
  const known = new Float64Array(buckets)
  const startOf = (bucket: number) => Math.max(from, begin + bucket * widthMs)
  const endOf = (bucket: number) => Math.min(to, begin + (bucket + 1) * widthMs)
  for (let bucket = 0; bucket < buckets; bucket++) known[bucket] = Math.max(0, endOf(bucket) - startOf(bucket))
  for (const [start, end] of gaps)
    for (let bucket = Math.max(0, Math.floor((start - begin) / widthMs)); bucket < buckets && begin + bucket * widthMs < end; bucket++)
      known[bucket] = Math.max(0, (known[bucket] as number) - Math.max(0, Math.min(end, endOf(bucket)) - Math.max(start, startOf(bucket))))
  return known
}

const nameOf = ({ server, project, name }: Row) => `${server ?? project ?? ''} ${name ?? ''}`
const mostWatchedFirst = (a: Row, b: Row) => (b.peopleMs ?? -1) - (a.peopleMs ?? -1) || (nameOf(a) < nameOf(b) ? -1 : 1)
