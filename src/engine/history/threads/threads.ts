import { Worker } from 'node:worker_threads'
import type { Clock, Timer } from '../../../clock/clock.ts'
import { messageOf } from '../../../shared/result.ts'
import type { Log } from '../../ports.ts'
import type { MomentShare, StoredMoment, StoreQueries, StoreWorkerStart } from '../protocol/protocol.ts'

/** Requests that a thread answers. Its answer to `idle` proves that it has handled all earlier messages. */
type StoreAsks<Asks> = Record<keyof Asks, readonly [unknown, unknown]> & { readonly idle: readonly [null, null] }

/** The engine's handle of a store thread. Notes are one-way messages, asks are answered; both are handled in the order sent. */
export type StoreThread<Notes, Asks extends StoreAsks<Asks>> = ReturnType<typeof createStoreThread<Notes, Asks>>

export class StoreThreadError extends Error {
  override readonly name = 'StoreThreadError'
}

/** For calls whose answer nobody needs: a thread's failure is already reported by its death or in its log. */
export function ignoreThreadError(error: unknown): void {
  if (!(error instanceof StoreThreadError)) throw error
}

interface StoreNote {
  readonly kind: string
  readonly value: unknown
}
/** Messages to the thread; below, messages from it. */
export type ToStoreThread =
  | { readonly notes: readonly StoreNote[] }
  /** Notes that were waiting come along: each message wakes the thread. They are handled first. */
  | { readonly kind: string; readonly value: unknown; readonly id: number; readonly notes: readonly StoreNote[] }
  | { readonly cancel: number }
export type FromStoreThread =
  /** SQLite is loaded. */
  | { readonly loaded: true }
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly words: string }
  /** history.db itself is damaged; the error's message. */
  | { readonly broken: string }
  /** A file is damaged. */
  | { readonly damaged: string; readonly words: string }
  | { readonly log: 'error' | 'warn' | 'info'; readonly facts: object; readonly text: string }

/** Limits of buffered notes: transferred bytes, and number. Beyond either the notes are sent. */
const mostWaitingBytes = 256 << 10
const mostWaitingNotes = 256

interface StoreThreadDeps {
  readonly entry: URL
  readonly start: StoreWorkerStart
  readonly log: Log
  readonly onDamage?: (file: string, words: string) => void
  /** history.db is damaged. Not called after the thread was terminated, because the file may have been replaced by then. */
  readonly onBroken?: (words: string) => void
}

export function createStoreThread<Notes, Asks extends StoreAsks<Asks>>(
  deps: StoreThreadDeps & {
    /** The thread ended unexpectedly, by a bug or out of memory. */
    readonly onDeath: (error: unknown) => void
  },
) {
  const { log } = deps
  const worker = new Worker(deps.entry, {
    workerData: deps.start,
    name: `mtxdeck store ${deps.start.role}`,
    // Batches are short-lived: a small young generation frees their arrays soon (30 MB less with 10,000 paths, at the same cost).
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  })
  const waiting = new Map<number, { readonly sent: number; readonly resolve: (value: unknown) => void; readonly reject: (error: unknown) => void }>()
  let nextId = 1
  /** Number of messages sent, without notes that still wait, and how many of them were handled for certain, as a later answer proves. */
  let sent = 0
  let handled = 0
  let ended = false
  let closing = false
  let failure: unknown = null
  const endedError = () => new StoreThreadError(`the thread of the store has ended${failure === null ? '' : `: ${messageOf(failure)}`}`)
  /** Callbacks to run when every request is answered. */
  let idlers: (() => void)[] = []
  const wakeIdlers = (): void => {
    const woken = idlers
    idlers = []
    for (const wake of woken) wake()
  }

  let markLoaded: () => void = () => {}
  const loaded = new Promise<void>((resolve) => {
    markLoaded = resolve
  })

  worker.on('message', (message: FromStoreThread) => {
    if ('loaded' in message) {
      markLoaded()
      return
    }
    if ('log' in message) {
      log[message.log](message.facts, message.text)
      return
    }
    if ('broken' in message) {
      if (!ended) deps.onBroken?.(message.broken)
      return
    }
    if ('damaged' in message) {
      deps.onDamage?.(message.damaged, message.words)
      return
    }
    const waiter = waiting.get(message.id)
    waiting.delete(message.id)
    if (waiter) handled = Math.max(handled, waiter.sent)
    if (message.ok) waiter?.resolve(message.value)
    else waiter?.reject(new StoreThreadError(message.words))
    if (waiting.size === 0) wakeIdlers()
  })
  worker.on('error', (error) => {
    failure = error
  })
  worker.on('exit', () => {
    const expected = ended || closing
    ended = true
    markLoaded()
    for (const { reject } of waiting.values()) reject(endedError())
    waiting.clear()
    wakeIdlers()
    if (!expected) deps.onDeath(failure)
  })

  let notes: StoreNote[] = []
  let given: ArrayBuffer[] = []
  let givenBytes = 0

  const post = (message: ToStoreThread, transfer: readonly ArrayBuffer[] = []): void => worker.postMessage(message, transfer)
  const takeNotes = () => {
    const taken = { notes, given }
    notes = []
    given = []
    givenBytes = 0
    return taken
  }

  const ask = async <K extends keyof Asks & string>(kind: K, input: Asks[K][0], signal?: AbortSignal): Promise<Asks[K][1]> => {
    if (ended) throw endedError()
    signal?.throwIfAborted()
    const id = nextId++
    sent++
    // The thread ends by itself after this request.
    if (kind === 'close') closing = true
    let onAbort = (): void => {}
    try {
      return await new Promise<Asks[K][1]>((resolve, reject) => {
        onAbort = () => {
          reject(signal?.reason)
          post({ cancel: id })
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        const taken = takeNotes()
        post({ kind, value: input, id, notes: taken.notes }, taken.given)
        // What could not be sent is not waited for.
        waiting.set(id, { sent, resolve: resolve as (value: unknown) => void, reject })
      })
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }
  const asked = (): boolean => !ended && waiting.size > 0
  const busy = (): boolean => asked() || (!ended && handled < sent)

  return {
    /** Buffers the note until there are many or something is asked, as each message costs as much as writing a poll of 100 paths. */
    note: <K extends keyof Notes & string>(kind: K, value: Notes[K], transfer: readonly ArrayBuffer[] = []): void => {
      if (ended) return
      notes.push({ kind, value })
      for (const buffer of transfer) {
        given.push(buffer)
        givenBytes += buffer.byteLength
      }
      if (givenBytes < mostWaitingBytes && notes.length < mostWaitingNotes) return
      const taken = takeNotes()
      sent++
      post({ notes: taken.notes }, taken.given)
    },
    /** Rejects with the signal's reason when it is aborted, with `StoreThreadError` when the thread failed or died. */
    ask,
    asked,
    /** Whether anything was sent that is not covered by an answer yet. Notes that wait are not: what is asked next takes them along. */
    busy,
    /** Resolves when it is not busy. Several callers may wait without keeping the thread busy for each other. */
    idle: async (): Promise<void> => {
      while (busy())
        if (waiting.size > 0) await new Promise<void>((resolve) => void idlers.push(resolve))
        // Only notes are pending, and only an answer proves that they were handled. If this fails the thread has ended, which is idle, too.
        else await ask('idle', null).catch(() => {})
    },
    terminate: async (): Promise<void> => {
      ended = true
      // A thread that is terminated while it loads native code takes the whole process along.
      await loaded
      await worker.terminate()
    },
  }
}

interface PooledThread<Asks extends StoreAsks<Asks>> {
  readonly thread: StoreThread<Record<never, never>, Asks>
  readonly opened: Promise<unknown>
  asked: number
  /** Runs while nothing is asked. */
  rest: Timer | null
}
type PoolAsks<Asks> = StoreAsks<Asks> & { readonly open: readonly [null, null]; readonly close: readonly [null, null] }

interface ThreadPoolDeps extends StoreThreadDeps {
  readonly clock: Clock
  readonly size: number
  /** What one did that died, for the log. */
  readonly what: string
}

/** A thread of which nothing was asked for so long ends: each takes some 15 to 40 MB, and 0.1 s to start. */
const restMs = 60_000

/** Threads of one role. One is started when a request finds all others busy. */
export class ThreadPool<Asks extends PoolAsks<Asks>> {
  readonly #deps: ThreadPoolDeps
  #threads: PooledThread<Asks>[] = []
  readonly #ending = new Set<Promise<void>>()
  #closed = false

  constructor(deps: ThreadPoolDeps) {
    this.#deps = deps
  }

  #leave(pooled: PooledThread<Asks>): void {
    this.#threads = this.#threads.filter((other) => other !== pooled)
    if (pooled.rest) this.#deps.clock.clearTimeout(pooled.rest)
    pooled.rest = null
  }

  #start(): PooledThread<Asks> {
    const { log, what } = this.#deps
    const thread = createStoreThread<Record<never, never>, Asks>({
      ...this.#deps,
      onDeath: (error) => {
        log.error({ error: error instanceof Error ? error.stack : String(error) }, `a thread that ${what} the history died`)
        this.#leave(pooled)
      },
    })
    const pooled: PooledThread<Asks> = { thread, opened: thread.ask('open', null), asked: 0, rest: null }
    // The request that started it gets the error; a thread that can't open the file is not used again.
    pooled.opened.catch(() => {
      this.#leave(pooled)
      return thread.terminate()
    })
    this.#threads.push(pooled)
    return pooled
  }

  /** Lets a thread answer what it was asked, or stop between two slices, closes its files and ends it. */
  #end(pooled: PooledThread<Asks>): void {
    this.#leave(pooled)
    const { thread } = pooled
    const ended = thread
      .ask('close', null)
      .catch(ignoreThreadError)
      .then(thread.idle)
      .then(thread.terminate)
      .finally(() => this.#ending.delete(ended))
    this.#ending.add(ended)
  }

  /** Asks the least busy thread. Rejects with the signal's reason when it is aborted, with `StoreThreadError` when the thread failed or died. */
  async ask<K extends keyof Asks & string>(kind: K, input: Asks[K][0], signal?: AbortSignal): Promise<Asks[K][1]> {
    const { clock, size } = this.#deps
    // A single thread must have closed its files before the next one opens them.
    if (size === 1) await Promise.all(this.#ending)
    if (this.#closed) throw new StoreThreadError('the history is closed')
    const [least] = this.#threads.toSorted((a, b) => a.asked - b.asked)
    const pooled = least && (least.asked === 0 || this.#threads.length >= size) ? least : this.#start()
    pooled.asked++
    if (pooled.rest) clock.clearTimeout(pooled.rest)
    pooled.rest = null
    try {
      await pooled.opened
      return await pooled.thread.ask(kind, input, signal)
    } finally {
      pooled.asked--
      if (pooled.asked === 0 && this.#threads.includes(pooled)) pooled.rest = clock.setTimeout(() => this.#end(pooled), restMs)
    }
  }

  /** Asks each thread that runs, and waits for those that end. One that dies meanwhile needs no answer. */
  async askAll<K extends keyof Asks & string>(kind: K, input: Asks[K][0]): Promise<void> {
    await Promise.allSettled([...this.#ending, ...this.#threads.map(({ thread, opened }) => opened.then(() => thread.ask(kind, input)))])
  }

  size(): number {
    return this.#threads.length + this.#ending.size
  }

  /** Whether a thread has not answered yet, or not ended. */
  busy(): boolean {
    return this.#ending.size > 0 || this.#threads.some(({ thread }) => thread.busy())
  }

  /** Resolves when it is not busy. */
  async idle(): Promise<void> {
    while (this.busy()) await Promise.all([...this.#ending, ...this.#threads.map(({ thread }) => thread.idle())])
  }

  /** Ends all threads at once, for example when the file they read is replaced. Pending requests are rejected; the next one starts a new thread. */
  async drop(): Promise<void> {
    const all = this.#threads
    for (const pooled of all) this.#leave(pooled)
    await Promise.all([...this.#ending, ...all.map(({ thread }) => thread.terminate())])
  }

  /** Ends all threads as they end after a rest. No other is started. */
  async close(): Promise<void> {
    this.#closed = true
    for (const pooled of this.#threads) this.#end(pooled)
    await Promise.all(this.#ending)
  }
}

/** Below this many subjects one thread is faster than two. */
const fewSubjects = 2000
/** With this many servers, splitting by server gives about equal parts. */
const manyServers = 32

/** The threads that read the history, so that a long query delays neither a commit nor, usually, the next query. A whole moment of a large fleet is split between all of them. */
export class QueryThreads extends ThreadPool<StoreQueries> {
  readonly #size: number
  #momentSubjects = 0
  #by: MomentShare['by'] = 'path'

  constructor(deps: Omit<ThreadPoolDeps, 'what'>) {
    super({ ...deps, what: 'reads' })
    this.#size = deps.size
  }

  override ask<K extends keyof StoreQueries & string>(kind: K, input: StoreQueries[K][0], signal?: AbortSignal): Promise<StoreQueries[K][1]> {
    return kind === 'moment' ? (this.#moment(input as StoreQueries['moment'][0], signal) as Promise<StoreQueries[K][1]>) : super.ask(kind, input, signal)
  }

  async #moment(input: StoreQueries['moment'][0], signal: AbortSignal | undefined): Promise<StoredMoment> {
    const of = this.#momentSubjects < fewSubjects ? 1 : this.#size
    const parts = await Promise.all(
      Array.from({ length: of }, (_, index) => super.ask('moment', of === 1 ? input : { ...input, share: { index, of, by: this.#by } }, signal)),
    )
    const whole = parts.length === 1 ? (parts[0] as StoredMoment) : joined(parts)
    this.#momentSubjects = whole.subjects.length
    this.#by = new Set(whole.subjects.map(({ ownerId }) => ownerId)).size >= manyServers ? 'server' : 'path'
    return whole
  }
}

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
