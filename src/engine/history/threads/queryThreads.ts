import type { Log } from '../../ports.ts'
import type { MomentShare, StoredMoment, StoreQueries, StoreWorkerStart } from '../protocol/protocol.ts'
import { createStoreThread, type StoreThread } from './storeThread.ts'

/**
 * The threads that read the history, so that a long query delays neither a commit nor, usually, the next query. A thread is
 * started when a query finds all others busy, and then stays.
 */
export type QueryThreads = ReturnType<typeof createQueryThreads>

interface QueryThreadsDeps {
  /** Entry of the store's threads: storeWorker.ts, or its bundle. */
  readonly entry: URL
  readonly start: StoreWorkerStart
  readonly log: Log
  /** Maximum number of threads. */
  readonly size: number
  /** Called when a file is damaged; queries continue without it. May be called more than once for the same file. */
  readonly onDamage?: (file: string, words: string) => void
  /** history.db itself is damaged. */
  readonly onBroken?: (words: string) => void
}

type Thread = StoreThread<Record<never, never>, StoreQueries>

interface QueryThread {
  readonly thread: Thread
  readonly opened: Promise<unknown>
  asked: number
}

export function createQueryThreads(deps: QueryThreadsDeps) {
  const { log } = deps
  let queryThreads: QueryThread[] = []

  const leave = (queryThread: QueryThread): void => {
    queryThreads = queryThreads.filter((other) => other !== queryThread)
  }

  const startOne = (): QueryThread => {
    const thread: Thread = createStoreThread<Record<never, never>, StoreQueries>({
      entry: deps.entry,
      start: deps.start,
      log,
      ...(deps.onDamage ? { onDamage: deps.onDamage } : {}),
      ...(deps.onBroken ? { onBroken: deps.onBroken } : {}),
      onDeath: (error) => {
        log.error({ error: error instanceof Error ? error.stack : String(error) }, 'a thread that reads the history died')
        leave(queryThread)
      },
    })
    const queryThread: QueryThread = { thread, opened: thread.ask('open', null), asked: 0 }
    // The query that started it gets the error; a thread that can't open the file is not used again.
    queryThread.opened.catch(() => {
      leave(queryThread)
      return thread.terminate()
    })
    queryThreads.push(queryThread)
    return queryThread
  }

  const leastAsked = (): QueryThread => {
    let found: QueryThread | null = null
    for (const queryThread of queryThreads) if (found === null || queryThread.asked < found.asked) found = queryThread
    return found === null || (found.asked > 0 && queryThreads.length < deps.size) ? startOne() : found
  }

  const askOne = async <K extends keyof StoreQueries & string>(kind: K, input: StoreQueries[K][0], signal?: AbortSignal): Promise<StoreQueries[K][1]> => {
    const queryThread = leastAsked()
    queryThread.asked++
    try {
      await queryThread.opened
      return await queryThread.thread.ask(kind, input, signal)
    } finally {
      queryThread.asked--
    }
  }

  /** Number of subjects of the last whole moment. If it is large, the next one is split between all threads. */
  let momentSubjects = 0
  let by: MomentShare['by'] = 'path'
  const askMoment = async (input: StoreQueries['moment'][0], signal?: AbortSignal): Promise<StoredMoment> => {
    const of = momentSubjects < fewSubjects ? 1 : deps.size
    const parts = await Promise.all(
      Array.from({ length: of }, (_, index) => askOne('moment', of === 1 ? input : { ...input, share: { index, of, by } }, signal)),
    )
    const whole = parts.length === 1 ? (parts[0] as StoredMoment) : joined(parts)
    momentSubjects = whole.subjects.length
    by = new Set(whole.subjects.map(({ ownerId }) => ownerId)).size >= manyServers ? 'server' : 'path'
    return whole
  }

  return {
    /** Asks the least busy thread, or all threads together for a large query. Rejects with the signal's reason when it is aborted, with `StoreThreadError` when the thread failed or died. */
    ask: <K extends keyof StoreQueries & string>(kind: K, input: StoreQueries[K][0], signal?: AbortSignal): Promise<StoreQueries[K][1]> =>
      kind === 'moment' ? (askMoment(input as StoreQueries['moment'][0], signal) as Promise<StoreQueries[K][1]>) : askOne(kind, input, signal),
    /** Whether any query is unanswered. */
    busy: (): boolean => queryThreads.some(isBusy),
    /** Resolves when all queries are answered. */
    idle: async (): Promise<void> => {
      for (let at = queryThreads.filter(isBusy); at.length > 0; at = queryThreads.filter(isBusy)) await Promise.all(at.map(({ thread }) => thread.idle()))
    },
    /** Ends all threads at once, for example when the file they read is replaced. Pending queries are rejected; the next one starts a new thread. */
    drop: async (): Promise<void> => {
      const all = queryThreads
      queryThreads = []
      await Promise.all(all.map(({ thread }) => thread.terminate()))
    },
    /** Makes the threads close these archives. */
    release: async (names: readonly string[]): Promise<void> => {
      // A thread that dies closes its files anyway.
      await Promise.allSettled(queryThreads.map(async ({ thread, opened }) => opened.then(() => thread.ask('release', names))))
    },
    /** Lets the threads answer pending queries, closes their files and ends them. */
    close: async (): Promise<void> => {
      const all = queryThreads
      queryThreads = []
      // A thread that has died meanwhile needs no closing.
      await Promise.allSettled(all.map(({ thread }) => thread.ask('close', null)))
      await Promise.all(all.map(({ thread }) => thread.terminate()))
    },
  }
}

/** Below this many subjects one thread is faster than two. */
const fewSubjects = 2000
/** With this many servers, splitting by server gives about equal parts. */
const manyServers = 32

const joined = (parts: readonly StoredMoment[]): StoredMoment => ({
  subjects: parts.flatMap(({ subjects }) => subjects),
  at: joinedColumns(parts.map(({ at }) => at)),
  metrics: (parts[0] as StoredMoment).metrics,
  values: joinedColumns(parts.map(({ values }) => values)),
  facts: parts.flatMap(({ facts }) => facts),
  factsAt: joinedColumns(parts.map(({ factsAt }) => factsAt)),
})

function joinedColumns(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const isBusy = ({ thread }: QueryThread): boolean => thread.busy()
