import type { Log } from '../../ports.ts'
import type { LostPart, MomentShare, ReaderAsks, StoredMoment, StoreWorkerStart } from '../protocol/protocol.ts'
import { createStoreThread, type StoreThread } from './storeThread.ts'

/**
 * The threads that read the history, so that a long question delays neither a commit nor, mostly, the next question.
 * A thread is started by the first question that finds all others at work, and stays.
 */
export interface ReaderPool {
  /** The thread with the fewest questions answers, or all of them a large one together. Rejects with the signal's reason when it is aborted, with `StoreThreadError` when the thread failed or died. */
  readonly ask: <K extends keyof ReaderAsks & string>(kind: K, input: ReaderAsks[K][0], signal?: AbortSignal) => Promise<ReaderAsks[K][1]>
  /** True while a question has no answer. */
  readonly busy: () => boolean
  /** Resolves when no question waits for its answer. */
  readonly idle: () => Promise<void>
  /** Ends all threads at once, as when the file they read is replaced; the next question starts a new one. Questions that wait are rejected. */
  readonly drop: () => Promise<void>
  /** Makes them close these archives. */
  readonly release: (names: readonly string[]) => Promise<void>
  /** Lets the threads answer what they were asked, closes their files and ends them. */
  readonly close: () => Promise<void>
}

export interface ReaderPoolDeps {
  /** Entry of the store's threads: storeWorker.ts, or its bundle. */
  readonly entry: URL
  readonly start: StoreWorkerStart
  readonly log: Log
  /** Most threads. */
  readonly size: number
  /** A file turned out to be damaged; answers go on without it. May be told more than once. */
  readonly onDamage?: (file: string, words: string, lost: LostPart | null) => void
  /** history.db itself is damaged. */
  readonly onBroken?: (words: string) => void
}

type Thread = StoreThread<Record<never, never>, ReaderAsks>

interface Reader {
  readonly thread: Thread
  readonly opened: Promise<unknown>
  asked: number
}

export function createReaderPool(deps: ReaderPoolDeps): ReaderPool {
  const { log } = deps
  let readers: Reader[] = []

  const leave = (reader: Reader): void => {
    readers = readers.filter((other) => other !== reader)
  }

  const startOne = (): Reader => {
    const thread: Thread = createStoreThread<Record<never, never>, ReaderAsks>({
      entry: deps.entry,
      start: deps.start,
      log,
      ...(deps.onDamage ? { onDamage: deps.onDamage } : {}),
      ...(deps.onBroken ? { onBroken: deps.onBroken } : {}),
      onDeath: (error) => {
        log.error({ error: error instanceof Error ? error.stack : String(error) }, 'a thread that reads the history died')
        leave(reader)
      },
    })
    const reader: Reader = { thread, opened: thread.ask('open', null), asked: 0 }
    // Whoever asks is told; a thread that cannot open the file is not asked again.
    reader.opened.catch(() => {
      leave(reader)
      return thread.terminate()
    })
    readers.push(reader)
    return reader
  }

  const leastAsked = (): Reader => {
    let found: Reader | null = null
    for (const reader of readers) if (found === null || reader.asked < found.asked) found = reader
    return found === null || (found.asked > 0 && readers.length < deps.size) ? startOne() : found
  }

  const askOne = async <K extends keyof ReaderAsks & string>(kind: K, input: ReaderAsks[K][0], signal?: AbortSignal): Promise<ReaderAsks[K][1]> => {
    const reader = leastAsked()
    reader.asked++
    try {
      await reader.opened
      return await reader.thread.ask(kind, input, signal)
    } finally {
      reader.asked--
    }
  }

  /** Subjects of the last whole moment: a large one is shared by all threads. */
  let momentSubjects = 0
  let by: MomentShare['by'] = 'path'
  const askMoment = async (input: ReaderAsks['moment'][0], signal?: AbortSignal): Promise<StoredMoment> => {
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
    ask: <K extends keyof ReaderAsks & string>(kind: K, input: ReaderAsks[K][0], signal?: AbortSignal): Promise<ReaderAsks[K][1]> =>
      kind === 'moment' ? (askMoment(input as ReaderAsks['moment'][0], signal) as Promise<ReaderAsks[K][1]>) : askOne(kind, input, signal),
    busy: () => readers.some(isBusy),
    idle: async () => {
      for (let at = readers.filter(isBusy); at.length > 0; at = readers.filter(isBusy)) await Promise.all(at.map(({ thread }) => thread.idle()))
    },
    drop: async () => {
      const all = readers
      readers = []
      await Promise.all(all.map(({ thread }) => thread.terminate()))
    },
    release: async (names) => {
      // One that dies holds no file any more.
      await Promise.allSettled(readers.map(async ({ thread, opened }) => opened.then(() => thread.ask('release', names))))
    },
    close: async () => {
      const all = readers
      readers = []
      // One that has died meanwhile needs no closing.
      await Promise.allSettled(all.map(({ thread }) => thread.ask('close', null)))
      await Promise.all(all.map(({ thread }) => thread.terminate()))
    },
  }
}

/** Fewer are read by one thread sooner than two are asked. */
const fewSubjects = 2000
/** So many fall into equal parts, about. */
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

const isBusy = ({ thread }: Reader): boolean => thread.busy()
