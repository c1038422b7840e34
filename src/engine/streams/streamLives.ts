import type { Clock } from '../../clock/clock.ts'
import { oneAtATime } from '../../clock/semaphore.ts'
import type { Slices } from '../../clock/slices.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import { type Life, type Lives, type LivesInput, type LivesOfStream, longestLivesMs, mostLivedStreams, mostLives } from '../../shared/lives.ts'
import { fieldsTest, type Naming } from '../../shared/naming.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { type Subject, type SubjectOf, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { seriesOf } from '../../shared/subjects.ts'
import { tierStepMs } from '../../shared/tiers.ts'
import type { History } from '../history/history.ts'

interface StreamLivesDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly history: Pick<History, 'range' | 'subjects' | 'events'>
  readonly slices: Slices
  /** null: the server is not watched any more. */
  readonly nameOf: (serverId: string) => string | null
  readonly fieldsOf: Naming['fieldsOf']
  readonly signal: AbortSignal
}
export type ReadLives = (input: LivesInput, signal?: AbortSignal) => Promise<Lives>

const metricsRead = ['path.state', 'path.readers', 'path.bitrateIn'] as const
/** Series of one query of history. */
const mostSeries = 63
/** Buckets of a series: many for one stream, so that its times are exact, and fewer for many. */
const pointsOfOne = 5_000
const pointsOfMany = 500

/** Of each server in a period; the newest. */
const mostRestarts = 1_000

/** Derives when streams were created, active, watched and gone from history's states, readers and bit rates, and from restarts: nothing is stored for it. */
export function createStreamLives({ clock, history, slices, nameOf, fieldsOf, signal: ended }: StreamLivesDeps): ReadLives {
  const inTurn = oneAtATime()
  const read = async (input: LivesInput, signal: AbortSignal): Promise<Lives> => {
    const slice = slices.begin()
    const now = clock.now()
    const to = Math.min(input.to ?? now, now)
    const from = Math.min(to, Math.max(input.from ?? to - input.lastMs, to - longestLivesMs))
    const all = await subjectsOf(input, from, to)
    const wanted = all.slice(0, mostLivedStreams)
    const points = wanted.length === 1 ? pointsOfOne : pointsOfMany
    const before = Math.max(readsBeforeMs, (3 * (to - from)) / points)
    const bucketMs = (to - from + before) / points
    const streams: LivesOfStream[] = []
    const readFrom = Math.max(0, from - before)
    const restarts = new Map<string, number[]>()
    for (const id of to <= from ? [] : new Set(wanted.map(({ serverId }) => serverId))) {
      signal.throwIfAborted()
      const events = await history.events({ of: serverSubject(id), kinds: ['serverRestarted'], from: readFrom, to, limit: mostRestarts })
      restarts.set(
        id,
        events.map(({ at, facts }) => (typeof facts.startedAt === 'number' ? facts.startedAt : at)),
      )
    }
    let coarsest = 0
    // And one series of its server.
    const perQuery = Math.floor(mostSeries / (metricsRead.length + 1))
    for (let first = 0; first < wanted.length; first += perQuery) {
      const some = wanted.slice(first, first + perQuery)
      const serverIds = [...new Set(some.map(({ serverId }) => serverId))]
      const series = [
        ...some.flatMap((subject) => metricsRead.map((metric) => seriesOf(subject, metric))),
        ...serverIds.map((serverId) => seriesOf(serverSubject(serverId), 'server.streamsLive')),
      ]
      const columns = to <= from ? [] : await history.range({ series, from: readFrom, to, points, totals: true }, signal)
      for (const [index, { serverId, path }] of some.entries()) {
        const [state, readers, bitrateIn] = columns.slice(index * metricsRead.length) as [SeriesColumns?, SeriesColumns?, SeriesColumns?]
        if (state === undefined || readers === undefined || bitrateIn === undefined) continue
        // Where each bucket has one sample, times are those of polls.
        const isExact = state.tier === 'samples' && (state.count ?? []).every((count) => count === 1)
        const stepMs = isExact ? 0 : Math.max(bucketMs, tierStepMs[state.tier])
        coarsest = Math.max(coarsest, stepMs)
        const answeredAt = columns[some.length * metricsRead.length + serverIds.indexOf(serverId)]?.at.at(-1) ?? null
        const lives = livesOf({ state, readers, bitrateIn, answeredAt, restarts: restarts.get(serverId) ?? [] }, { from, to }, stepMs)
        const fields = fieldsOf(path)
        if (lives.length > 0) streams.push({ serverId, server: nameOf(serverId) ?? serverId, path, ...(fields && { fields: { ...fields } }), lives })
        if (slice.isOver()) await slice.next(signal)
      }
    }
    const beganAt = ({ lives: [newest] }: LivesOfStream) => newest?.active ?? from
    streams.sort((a, b) => beganAt(b) - beganAt(a))
    return { from, to, resolutionMs: Math.round(coarsest), streams, left: all.length - wanted.length }
  }
  const subjectsOf = async ({ serverId, path, where }: LivesInput, from: number, to: number): Promise<readonly SubjectOf<'stream'>[]> => {
    if (serverId !== undefined && path !== undefined) return [streamSubject(serverId, path)]
    const isNamed = where === undefined ? null : fieldsTest(where)
    const isWanted = (subject: Subject): subject is SubjectOf<'stream'> =>
      subject.kind === 'stream' &&
      (serverId === undefined || subject.serverId === serverId) &&
      (path === undefined || subject.path === path) &&
      (isNamed === null || isNamed(fieldsOf(subject.path)))
    return (await history.subjects(from, to)).filter(isWanted)
  }
  return (input, asked = ended) => {
    const signal = AbortSignal.any([asked, ended])
    return inTurn(signal, () => read(input, signal))
  }
}

const { live, waiting, stalled, unknown } = streamStateCodes
const isOn = (code: number): boolean => code === live || code === stalled
/** A sample without a successor for longer than this and than three steps was the last one, ms. */
const lastsMs = 60_000

/** A life under construction. */
interface Growing {
  readonly created: number | null
  readonly active: number
  lastOn: number
}

/** Times of a life; `since` and `until` are clipped to the period. */
interface Bounds extends Pick<Life, 'created' | 'active' | 'gone' | 'goneUnseen'> {
  readonly since: number
  readonly until: number
}

interface Columns {
  readonly state: SeriesColumns
  readonly readers: SeriesColumns
  readonly bitrateIn: SeriesColumns
  /** When its server last answered within the period; null: it did not. */
  readonly answeredAt: number | null
  /** When its server was restarted: no life outlasts that. */
  readonly restarts: readonly number[]
}

/** How long before the period reading starts, ms, to recognize lives that began before it. */
export const readsBeforeMs = 120_000

/** Returns the lives of a stream in a period, newest first, from its metrics in buckets of `stepMs` with totals, starting `readsBeforeMs` before it. */
export function livesOf(
  { state, readers, bitrateIn, answeredAt, restarts }: Columns,
  { from, to }: { readonly from: number; readonly to: number },
  stepMs: number,
): Life[] {
  const lives: Bounds[] = []
  const within = Math.max(lastsMs, 3 * Math.max(stepMs, tierStepMs[state.tier]))
  let created: number | null = null
  let growing: Growing | null = null
  const end = (gone: number | null, goneUnseen: boolean) => {
    if (growing === null) return
    const { active } = growing
    const until = gone ?? to
    const since = Math.max(from, active)
    // Skips lives that ended before the period.
    if (until >= from)
      lives.push({
        created: active < from ? null : growing.created,
        active: active < from ? null : active,
        gone,
        goneUnseen,
        since,
        until,
      })
    growing = null
    created = null
  }
  let gap = 0
  for (const [index, at] of state.at.entries()) {
    const [begins = unknown, ends = unknown, least = unknown] = [state.first?.[index], state.last?.[index], state.min[index]]
    // After a gap, the state is known again only from here on.
    const wasUnseen = growing !== null && at - growing.lastOn > within && hasGap(state.gaps, growing.lastOn, at)
    const wasOn = isOn(begins) || isOn(ends) || least === live
    if (wasUnseen && !isOn(begins) && begins !== unknown) end((growing as Growing).lastOn, true)
    if (growing !== null && wasOn && restarts.some((restart) => restart > (growing as Growing).lastOn && restart <= at)) end((growing as Growing).lastOn, true)
    // A bucket may contain both waiting and live; otherwise `created` would be missed.
    if (growing === null && wasOn && begins === waiting) created ??= at
    if (growing === null && wasOn) growing = { created, active: at, lastOn: at }
    if (growing === null) {
      if (begins === waiting || ends === waiting) created ??= at
      else if (ends !== unknown) created = null
      gap = 0
      continue
    }
    if (wasOn) {
      growing.lastOn = at
      gap = 0
    }
    if (isOn(ends)) continue
    if (ends === unknown) gap ||= at
    // Off air: if the state changed within the bucket, at the end of the bucket at the latest.
    else if (gap > 0 && !wasOn) end(growing.lastOn, true)
    else end(Math.min(to, begins === ends ? at : Math.min(state.at[index + 1] ?? to, at + stepMs)), false)
  }
  if (growing !== null) {
    const { lastOn } = growing as Growing
    // If its server kept answering without it, it is gone. If the server is silent, its end is unknown.
    if ((answeredAt ?? 0) - (state.at.at(-1) ?? to) > within && gap === 0) end(lastOn, true)
    else end(null, false)
  }
  // Bytes and readers are computed only for the lives returned.
  return lives
    .reverse()
    .slice(0, mostLives)
    .map(
      ({ since, until, ...life }): Life => ({
        ...life,
        durationMs: until - since,
        ...readBy(readers, since, until, life.active === null),
        bytes: bytesIn(bitrateIn, since, until, within),
      }),
    )
}

const hasGap = (gaps: SeriesColumns['gaps'], from: number, to: number): boolean => gaps.some(([since, until]) => until > from && since < to)

function readBy({ at, max }: SeriesColumns, from: number, to: number, isCut: boolean): Pick<Life, 'watched' | 'watchedBefore' | 'peakReaders'> {
  let watched: number | null = null
  let watchedBefore = false
  let peakReaders: number | null = null
  for (const [index, moment] of at.entries()) {
    if (moment < from || moment > to) continue
    const readers = max[index] as number
    // The first sample of a life that began before the period.
    if (isCut && peakReaders === null) watchedBefore = readers > 0
    peakReaders = Math.max(peakReaders ?? 0, readers)
    if (readers > 0 && !watchedBefore) watched ??= moment
  }
  return { watched, watchedBefore, peakReaders }
}

function bytesIn({ at, mean }: SeriesColumns, from: number, to: number, mostMs: number): number | null {
  let bits: number | null = null
  for (const [index, moment] of at.entries()) {
    if (moment < from || moment > to) continue
    const lasts = Math.min(mostMs, (at[index + 1] ?? moment) - moment, to - moment)
    bits = (bits ?? 0) + (mean[index] as number) * (Math.max(0, lasts) / 1_000)
  }
  return bits === null ? null : Math.round(bits / 8)
}
