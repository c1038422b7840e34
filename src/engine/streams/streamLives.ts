import type { Clock } from '../../clock/clock.ts'
import { oneAtATime } from '../../clock/semaphore.ts'
import type { Slices } from '../../clock/slices.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import { type Lives, type LivesInput, type LivesOfStream, longestLivesMs, mostLivedStreams } from '../../shared/lives.ts'
import { fieldsTest, type Naming } from '../../shared/naming.ts'
import { type Subject, type SubjectOf, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { seriesOf } from '../../shared/subjects.ts'
import { tierStepMs } from '../../shared/tiers.ts'
import type { History } from '../history/history.ts'
import { livesOf, readsBeforeMs } from './livesOf.ts'

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
