import type { Clock } from '../../clock/clock.ts'
import type { DeckEvent } from '../../shared/events.ts'
import type { RangeInput, SeriesColumns, SumColumns, SumInput } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { Subject } from '../../shared/subjectNames.ts'
import type { Series } from '../../shared/subjects.ts'
import {
  type EventCount,
  type EventCountsAsk,
  type EventsAsk,
  fromStored,
  type MomentValues,
  type StoredSubject,
  type StoreQueries,
  type SubjectMetrics,
  type TailColumns,
  toStored,
  type WriterAsks,
} from './protocol/protocol.ts'
import type { QueryThreads } from './threads/threads.ts'

interface QuestionDeps {
  readonly clock: Clock
  readonly askWriter: <K extends keyof WriterAsks & string>(kind: K, input: WriterAsks[K][0], signal?: AbortSignal) => Promise<WriterAsks[K][1]>
  readonly askQueryThreads: QueryThreads['ask']
  /** Runs `ask`, and retries it once if the file was damaged and has been replaced. */
  readonly again: <T>(ask: () => Promise<T>) => Promise<T>
}

const longestTailMs = 30 * 60_000

/** Queries of the past. Each first asks the writer for data not yet in the file, then a query thread. */
export function createQuestions({ clock, askWriter, askQueryThreads, again }: QuestionDeps) {
  /** Asks the query threads after pending names, facts and events were written to the file. */
  const afterFlush = <K extends keyof StoreQueries & string>(kind: K, input: StoreQueries[K][0]): Promise<StoreQueries[K][1]> =>
    again(async () => {
      await askWriter('flush', null)
      return askQueryThreads(kind, input)
    })
  const untilOf = (to: number): number => Math.min(to, clock.now())
  return {
    range: (input: RangeInput, signal?: AbortSignal): Promise<SeriesColumns[]> =>
      again(async () => {
        const { subjects, places } = subjectsOf(input.series)
        const { from, to, points, tier, totals = false } = input
        const hot = await askWriter('hot', { subjects: subjects.map(({ subject }) => subject), to }, signal)
        const found = await askQueryThreads('range', { subjects, from, to, until: untilOf(to), points, tier: tier ?? null, totals, hot }, signal)
        return places.map(([subject, metric]) => found[subject]?.[metric] as SeriesColumns)
      }),
    sum: ({ metrics, subjects, to, tier, ...rest }: SumInput, signal?: AbortSignal): Promise<SumColumns[]> =>
      again(async () => {
        const stored = subjects.map(toStored)
        const hot = await askWriter('hot', { subjects: stored, to }, signal)
        const wanted = stored.map((subject) => ({ subject, metrics }))
        return askQueryThreads('sum', { ...rest, to, tier: tier ?? null, until: untilOf(to), hot, subjects: wanted }, signal)
      }),
    tail: (series: readonly Series[], since: number): Promise<TailColumns[]> =>
      again(async () => {
        const { subjects, places } = subjectsOf(series)
        const hot = await askWriter('hot', { subjects: subjects.map(({ subject }) => subject), to: Number.POSITIVE_INFINITY })
        const found = await askQueryThreads('tail', { subjects, since: Math.max(since, clock.now() - longestTailMs), hot })
        return places.map(([subject, metric]) => found[subject]?.[metric] as TailColumns)
      }),
    at: (moment: number, subjects: readonly Subject[]): Promise<MomentValues[]> =>
      again(async () => {
        const stored = subjects.map(toStored)
        return askQueryThreads('at', { moment, subjects: stored, hot: await askWriter('hot', { subjects: stored, to: moment }) })
      }),
    moment: (at: number) =>
      again(async () => {
        const hot = await askWriter('hotMoment', { to: at })
        const { subjects, ...found } = await askQueryThreads('moment', { moment: at, hot })
        return { ...found, subjects: subjects.map(fromStored) }
      }),
    events: (filter: EventsAsk): Promise<DeckEvent[]> => afterFlush('events', filter),
    countEvents: (ask: EventCountsAsk): Promise<EventCount[]> => afterFlush('countEvents', ask),
    servers: (): Promise<string[]> => afterFlush('serverIds', null),
    subjects: async (from: number, to: number): Promise<Subject[]> => (await afterFlush('subjects', { from, to })).map(fromStored),
  }
}

/** Groups series by subject: each subject once with its requested metrics, and the place of each series in the answer. */
function subjectsOf(series: readonly Series[]): { readonly subjects: readonly SubjectMetrics[]; readonly places: readonly (readonly [number, number])[] } {
  const subjects: { subject: StoredSubject; metrics: MetricId[] }[] = []
  const byOwner = new Map<string, Map<string, number>>()
  const places = series.map(({ subject, metric }): readonly [number, number] => {
    const { ownerId, path } = toStored(subject)
    const byPath = byOwner.get(ownerId) ?? new Map<string, number>()
    byOwner.set(ownerId, byPath)
    let index = byPath.get(path)
    if (index === undefined) {
      index = subjects.push({ subject: { ownerId, path }, metrics: [] }) - 1
      byPath.set(path, index)
    }
    return [index, (subjects[index]?.metrics.push(metric) as number) - 1]
  })
  return { subjects, places }
}
