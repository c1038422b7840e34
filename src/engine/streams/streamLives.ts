import type { Clock } from '../../clock/clock.ts'
import { oneAtATime } from '../../clock/semaphore.ts'
import type { Slices } from '../../clock/slices.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import { type Life, type Lives, type LivesInput, type LivesOfStream, longestLivesMs, mostLivedStreams, mostLives } from '../../shared/lives.ts'
import type { Span } from '../../shared/maintenance.ts'
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

/** Buckets in which a stream changed are read again, as finely as history keeps them, the newest first: so much time of one stream and of all in an answer, ms. */
const mostFineMs = 6 * 3_600_000
const mostFineOfAllMs = 48 * 3_600_000
/** What reading a part costs beside its length, ms. */
const partCostMs = 300_000
/** Longest part read at once, ms, and the width of its buckets, ms: no two polls are in one. */
const longestPartMs = 2_400_000
const finestMs = 500

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
    let leftMs = mostFineOfAllMs
    const readFine = async (subject: SubjectOf<'stream'>, part: Span): Promise<Fine | null> => {
      const series = [...metricsRead.map((metric) => seriesOf(subject, metric)), seriesOf(serverSubject(subject.serverId), 'server.streamsLive')]
      const points = Math.ceil((part.to - part.from) / finestMs) + 2
      const columns = await history.range({ series, ...part, points, totals: true, tier: 'samples' }, signal)
      const [state, readers, bitrateIn, answered] = columns as [SeriesColumns?, SeriesColumns?, SeriesColumns?, SeriesColumns?]
      return state && readers && bitrateIn && answered ? { ...part, columns: { state, readers, bitrateIn, answered } } : null
    }
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
        const answered = columns[some.length * metricsRead.length + serverIds.indexOf(serverId)]
        if (state === undefined || readers === undefined || bitrateIn === undefined || answered === undefined) continue
        // Where each bucket has one sample, times are those of polls.
        const isExact = state.tier === 'samples' && (state.count ?? []).every((count) => count === 1)
        const stepMs = isExact ? 0 : Math.max(bucketMs, tierStepMs[state.tier])
        coarsest = Math.max(coarsest, stepMs)
        const of: Read = { state, readers, bitrateIn, answered }
        const restarted = restarts.get(serverId) ?? []
        const fine: Fine[] = []
        let leftOfOneMs = mostFineMs
        for (const part of isExact ? [] : changingParts(of, restarted, { from: readFrom, to }, stepMs)) {
          const costMs = part.to - part.from + partCostMs
          if (costMs > Math.min(leftMs, leftOfOneMs)) break
          leftMs -= costMs
          leftOfOneMs -= costMs
          const found = await readFine(streamSubject(serverId, path), part)
          if (found !== null) fine.push(found)
        }
        const seen = withFine(of, fine)
        const stepAt = (at: number) => {
          const part = fine.find((one) => at >= one.from && at < one.to)
          return part === undefined ? stepMs : tierStepMs[part.columns.state.tier]
        }
        const lives = livesOf({ ...seen, answeredAt: seen.answered.at.at(-1) ?? null, restarts: restarted }, { from, to }, stepAt)
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

/** What history has of one stream in a period. */
type Read = Readonly<Record<'state' | 'readers' | 'bitrateIn' | 'answered', SeriesColumns>>
interface Fine extends Span {
  readonly columns: Read
}

/** The parts of a period in which buckets of `stepMs` do not tell when a stream came and went; newest first. */
function changingParts({ state, answered }: Read, restarts: readonly number[], { from, to }: Span, stepMs: number): Span[] {
  const parts: { from: number; to: number }[] = []
  const { at, min, max, first = [], last = [], gaps } = state
  for (const [index, begins] of at.entries()) {
    const next = at[index + 1]
    const ends = Math.min(next ?? to, begins + stepMs)
    const isEdge = (index === 0 && begins - from > stepMs) || (next === undefined && (answered.at.at(-1) ?? 0) > begins)
    const isSteady = min[index] === max[index] && first[index] === last[index] && first[index] === (index === 0 ? first[index] : last[index - 1])
    const isSame = isSteady && (next === undefined || last[index] === first[index + 1])
    const until = next ?? to
    if (isSame && !isEdge && !hasGap(gaps, begins, until) && !restarts.some((restart) => restart >= begins && restart < until)) continue
    const before = parts.at(-1)
    if (before !== undefined && before.to >= begins) before.to = ends
    else parts.push({ from: begins, to: ends })
  }
  return parts.flatMap(inPieces).reverse()
}

function inPieces({ from, to }: Span): Span[] {
  const count = Math.ceil((to - from) / longestPartMs)
  return Array.from({ length: count }, (_, n) => ({ from: from + n * longestPartMs, to: Math.min(to, from + (n + 1) * longestPartMs) }))
}

/** Replaces buckets by what was read more finely. */
function withFine(rough: Read, fine: readonly Fine[]): Read {
  if (fine.length === 0) return rough
  const inOrder = fine.toSorted((a, b) => a.from - b.from)
  const replaced = (of: keyof Read): SeriesColumns => {
    const columns = rough[of]
    const isKept = (at: number) => !fine.some((part) => at >= part.from && at < part.to)
    const kept = [...columns.at.keys()].filter((index) => isKept(columns.at[index] as number)).map((index) => [columns, index] as const)
    const added = inOrder.flatMap(({ columns: { [of]: part } }) => [...part.at.keys()].map((index) => [part, index] as const))
    const all = [...kept, ...added].sort(([a, i], [b, j]) => (a.at[i] as number) - (b.at[j] as number))
    const pick = (name: 'at' | 'min' | 'mean' | 'max' | 'first' | 'last') => all.map(([from, index]) => from[name]?.[index] as number)
    const gaps = [...columns.gaps, ...inOrder.flatMap(({ columns: { [of]: part } }) => part.gaps)]
    return { at: pick('at'), min: pick('min'), mean: pick('mean'), max: pick('max'), first: pick('first'), last: pick('last'), gaps, tier: columns.tier }
  }
  return { state: replaced('state'), readers: replaced('readers'), bitrateIn: replaced('bitrateIn'), answered: replaced('answered') }
}

/** How long before the period reading starts, ms, to recognize lives that began before it. */
const readsBeforeMs = 120_000

/**
 * Returns the lives of a stream in a period, newest first, from its metrics in buckets with totals, starting `readsBeforeMs` before it. `stepAt`: the width of
 * the bucket that begins then. A life begins at the begin of its first bucket at the earliest, and ends at the end of its last one at the latest.
 */
export function livesOf(
  { state, readers, bitrateIn, answeredAt, restarts }: Columns,
  { from, to }: { readonly from: number; readonly to: number },
  stepAt: (at: number) => number,
): Life[] {
  const lives: Bounds[] = []
  const withinAt = (at: number) => Math.max(lastsMs, 3 * stepAt(at))
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
    const [begins = unknown, ends = unknown] = [state.first?.[index], state.last?.[index]]
    const [least = unknown, most = unknown] = [state.min[index], state.max[index]]
    // After a gap, the state is known again only from here on.
    const wasUnseen = growing !== null && at - growing.lastOn > withinAt(growing.lastOn) && hasGap(state.gaps, growing.lastOn, at)
    const wasOn = isOn(begins) || isOn(ends) || least === live
    const until = Math.max(at, Math.min(to, state.at[index + 1] ?? to, at + stepAt(at)))
    if (wasUnseen && !isOn(begins) && begins !== unknown) end((growing as Growing).lastOn, true)
    if (growing !== null && wasOn && restarts.some((restart) => restart > (growing as Growing).lastOn && restart <= at)) end((growing as Growing).lastOn, true)
    // Off air at the begin of the bucket, and on air again within it.
    if (growing !== null && wasOn && !isOn(begins) && begins !== unknown) end(gap > 0 ? (growing as Growing).lastOn : at, gap > 0)
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
    if (isOn(begins) && isOn(ends) && (most === streamStateCodes.gone || most === streamStateCodes.ended)) {
      const middle = (at + until) / 2
      end(middle, false)
      growing = { created: null, active: middle, lastOn: middle }
    }
    if (isOn(ends)) continue
    if (ends === unknown) gap ||= at
    // Off air: if the state changed within the bucket, at the end of the bucket at the latest.
    else if (gap > 0 && !wasOn) end(growing.lastOn, true)
    else end(begins === ends && !wasOn ? at : until, false)
  }
  if (growing !== null) {
    const { lastOn } = growing as Growing
    // If its server kept answering without it, it is gone. If the server is silent, its end is unknown.
    if ((answeredAt ?? 0) - (state.at.at(-1) ?? to) > withinAt(state.at.at(-1) ?? to) && gap === 0) end(lastOn, true)
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
        bytes: bytesIn(bitrateIn, since, until, withinAt(Number.NEGATIVE_INFINITY)),
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
