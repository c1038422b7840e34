import type { Clock } from '../../clock/clock.ts'
import type { DeckEvent } from '../../shared/events.ts'
import type { RangeInput, SeriesColumns, SumColumns, SumInput } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { Subject } from '../../shared/subjectNames.ts'
import type { Series } from '../../shared/subjects.ts'
import type { HistoryThreads } from './historyThreads.ts'
import {
  type EventCount,
  type EventCountsAsk,
  type EventsAsk,
  fromStored,
  type StoredSubject,
  type StoreQueries,
  type SubjectMetrics,
  type TailColumns,
  toStored,
} from './protocol/protocol.ts'

const longestTailMs = 30 * 60_000

/** Queries of the past. Each first asks the writer for data not yet in the file, then a query thread. */
export function createQuestions(clock: Clock, threads: HistoryThreads) {
  /** Asks the query threads after pending names, facts and events were written to the file. */
  const afterFlush = <K extends keyof StoreQueries & string>(kind: K, input: StoreQueries[K][0]): Promise<StoreQueries[K][1]> =>
    threads.again(async () => {
      await threads.writer.ask('flush', null)
      return threads.query(kind, input)
    })
  const untilOf = (to: number): number => Math.min(to, clock.now())
  return {
    range: (input: RangeInput, signal?: AbortSignal): Promise<SeriesColumns[]> =>
      threads.again(async () => {
        const { subjects, places } = subjectsOf(input.series)
        const { from, to, points, tier, totals = false } = input
        const hot = await threads.writer.ask('hot', { subjects: subjects.map(({ subject }) => subject), to }, signal)
        const found = await threads.query('range', { subjects, from, to, until: untilOf(to), points, tier: tier ?? null, totals, hot }, signal)
        return places.map(([subject, metric]) => found[subject]?.[metric] as SeriesColumns)
      }),
    sum: ({ metrics, subjects, to, tier, ...rest }: SumInput, signal?: AbortSignal): Promise<SumColumns[]> =>
      threads.again(async () => {
        const stored = subjects.map(toStored)
        const hot = await threads.writer.ask('hot', { subjects: stored, to }, signal)
        const wanted = stored.map((subject) => ({ subject, metrics }))
        return threads.query('sum', { ...rest, to, tier: tier ?? null, until: untilOf(to), hot, subjects: wanted }, signal)
      }),
    tail: (series: readonly Series[], since: number): Promise<TailColumns[]> =>
      threads.again(async () => {
        const { subjects, places } = subjectsOf(series)
        const hot = await threads.writer.ask('hot', { subjects: subjects.map(({ subject }) => subject), to: Number.POSITIVE_INFINITY })
        const found = await threads.query('tail', { subjects, since: Math.max(since, clock.now() - longestTailMs), hot })
        return places.map(([subject, metric]) => found[subject]?.[metric] as TailColumns)
      }),
    moment: (at: number) =>
      threads.again(async () => {
        const hot = await threads.writer.ask('hotMoment', { to: at })
        const { subjects, ...found } = await threads.query('moment', { moment: at, hot })
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
