import { Worker } from 'node:worker_threads'
import type { Log } from '../../ports.ts'
import type { StoreWorkerStart } from '../protocol/protocol.ts'

/** Requests that a thread answers. Its answer to `idle` proves that it has handled all earlier messages. */
type StoreAsks<Asks> = Record<keyof Asks, readonly [unknown, unknown]> & { readonly idle: readonly [null, null] }

/** The engine's handle of a store thread. Notes are one-way messages, asks are answered; both are handled in the order sent. */
export interface StoreThread<Notes, Asks extends StoreAsks<Asks>> {
  /** Buffers the note until there are many or something is asked, as each message costs as much as writing a poll of 100 paths. */
  readonly note: <K extends keyof Notes & string>(kind: K, value: Notes[K], transfer?: readonly ArrayBuffer[]) => void
  /** Rejects with the signal's reason when it is aborted, with `StoreThreadError` when the thread failed or died. */
  readonly ask: <K extends keyof Asks & string>(kind: K, input: Asks[K][0], signal?: AbortSignal, transfer?: readonly ArrayBuffer[]) => Promise<Asks[K][1]>
  /** Whether a request waits for its answer. */
  readonly asked: () => boolean
  /** Whether anything was sent that is not covered by an answer yet. */
  readonly busy: () => boolean
  /** Resolves when it is not busy. Several callers may wait without keeping the thread busy for each other. */
  readonly idle: () => Promise<void>
  /** Ends the thread immediately. */
  readonly terminate: () => Promise<void>
}

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
  | { readonly kind: string; readonly value: unknown; readonly id: number; readonly notes?: readonly StoreNote[] }
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

export function createStoreThread<Notes, Asks extends StoreAsks<Asks>>(deps: {
  readonly entry: URL
  readonly start: StoreWorkerStart
  readonly log: Log
  readonly onDamage?: (file: string, words: string) => void
  /** history.db is damaged. Not called after the thread was terminated, because the file may have been replaced by then. */
  readonly onBroken?: (words: string) => void
  /** The thread ended unexpectedly, by a bug or out of memory. */
  readonly onDeath: (error: unknown) => void
}): StoreThread<Notes, Asks> {
  const { log } = deps
  const worker = new Worker(deps.entry, {
    workerData: deps.start,
    name: `mtxdeck store ${deps.start.role}`,
    // Batches are short-lived: a small young generation frees their arrays soon (30 MB less with 10,000 paths, at the same cost).
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  })
  const waiting = new Map<number, { readonly sent: number; readonly resolve: (value: unknown) => void; readonly reject: (error: unknown) => void }>()
  let nextId = 1
  /** Number of messages sent, and how many of them were handled for certain, as a later answer proves. */
  let sent = 0
  let handled = 0
  let ended = false
  let closing = false
  let failure: unknown = null
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
    for (const { reject } of waiting.values()) reject(new StoreThreadError('the thread of the store has ended'))
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
  const postNotes = (): void => {
    const taken = takeNotes()
    post({ notes: taken.notes }, taken.given)
  }

  const ask: StoreThread<Notes, Asks>['ask'] = (kind, input, signal, transfer = []) =>
    new Promise((resolve, reject) => {
      if (ended) return reject(new StoreThreadError('the thread of the store has ended'))
      if (signal?.aborted) return reject(signal.reason)
      const id = nextId++
      sent++
      // The thread ends by itself after this request.
      if (kind === 'close') closing = true
      const onAbort = (): void => {
        reject(signal?.reason)
        post({ cancel: id })
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      const done = (): void => signal?.removeEventListener('abort', onAbort)
      waiting.set(id, {
        sent,
        resolve: (value) => {
          done()
          resolve(value as never)
        },
        reject: (error) => {
          done()
          reject(error)
        },
      })
      const question = { kind, value: input, id }
      if (notes.length === 0) return post(question, transfer)
      const taken = takeNotes()
      post({ ...question, notes: taken.notes }, [...taken.given, ...transfer])
    })
  const asked = (): boolean => !ended && waiting.size > 0
  const busy = (): boolean => asked() || (!ended && handled < sent)

  return {
    note: (kind, value, transfer = []) => {
      if (ended) return
      sent++
      notes.push({ kind, value })
      for (const buffer of transfer) {
        given.push(buffer)
        givenBytes += buffer.byteLength
      }
      if (givenBytes >= mostWaitingBytes || notes.length >= mostWaitingNotes) postNotes()
    },
    ask,
    asked,
    busy,
    idle: async () => {
      while (busy())
        if (waiting.size > 0) await new Promise<void>((resolve) => void idlers.push(resolve))
        // Only notes are pending, and only an answer proves that they were handled. If this fails the thread has ended, which is idle, too.
        else await ask('idle', null).catch(() => {})
    },
    terminate: async () => {
      ended = true
      // A thread that is terminated while it loads native code takes the whole process along.
      await loaded
      await worker.terminate()
    },
  }
}
